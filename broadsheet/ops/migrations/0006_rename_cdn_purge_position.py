from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0005_heartbeats_of_workers"),
    ]
    #: The table keeps its name (`db_table`), so the release before goes on with it.
    survived_because = "no table or column changes"

    operations = [
        migrations.RenameModel(old_name="Told", new_name="CdnPurgePosition"),
    ]
