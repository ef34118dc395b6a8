from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0002_how_far_the_cdn_was_told"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                ("target", models.CharField(max_length=1000)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("proven_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "ops_backup",
                "ordering": ["-started_at"],
                "indexes": [models.Index(fields=["-started_at"], name="ops_backup_newest")],
            },
        ),
    ]
