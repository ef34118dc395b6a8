"""Where sitemaps are cut. Those of a site that is large already are cut within the hour."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0004_found_by_the_new_search")]

    operations = [
        migrations.CreateModel(
            name="Cut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "of",
                    models.CharField(
                        choices=[
                            ("posts", "Posts"),
                            ("authors", "Authors"),
                            ("tags", "Tags"),
                            ("series", "Series"),
                        ],
                        max_length=7,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("row", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("of", "at", "row"), name="posts_cut_once")
                ],
            },
        ),
    ]
