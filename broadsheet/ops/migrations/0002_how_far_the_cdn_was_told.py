from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ops", "0001_cache_table")]
    operations = [
        migrations.CreateModel(
            name="Told",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("position", models.BigIntegerField()),
            ],
            options={
                "db_table": "ops_told",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(id=1), name="ops_told_one_row")
                ],
            },
        ),
    ]
