"""The field `tag` has its standard name; its column stays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pagecache", "0001_log_of_changes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="change",
                    name="stamp",
                    field=models.CharField(db_column="stamp", max_length=100),
                ),
                migrations.RenameField(model_name="change", old_name="stamp", new_name="tag"),
            ],
        ),
    ]
