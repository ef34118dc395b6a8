"""Two times have standard names; their columns stay."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ops", "0006_rename_cdn_purge_position")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="backup",
                    name="proven_at",
                    field=models.DateTimeField(db_column="proven_at", null=True),
                ),
                migrations.RenameField(
                    model_name="backup", old_name="proven_at", new_name="verified_at"
                ),
                migrations.AlterField(
                    model_name="sample",
                    name="at",
                    field=models.DateTimeField(db_column="at", unique=True),
                ),
                migrations.RenameField(model_name="sample", old_name="at", new_name="measured_at"),
            ],
        ),
    ]
