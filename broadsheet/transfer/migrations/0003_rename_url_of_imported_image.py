"""The field `url` has its standard name; its column stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transfer", "0002_images_come_by_default")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="importedimage",
                    name="address",
                    field=models.CharField(
                        db_column="address", max_length=2000, unique=True, verbose_name="URL"
                    ),
                ),
                migrations.RenameField(
                    model_name="importedimage", old_name="address", new_name="url"
                ),
            ],
        ),
    ]
