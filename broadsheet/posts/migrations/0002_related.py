"""Related posts. Those of posts that are there already are found with the next change of any."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

NOTE_ALL = """INSERT INTO posts_unrelated (post_id, step, asked_at)
    SELECT id, 'read', CURRENT_TIMESTAMP FROM posts_post
    WHERE status = 'published' AND deleted_at IS NULL"""


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unrelated",
            fields=[
                ("post_id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "step",
                    models.CharField(
                        choices=[("read", "Read"), ("refresh", "Refresh"), ("relate", "Relate")],
                        max_length=7,
                    ),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["step", "post_id"], name="posts_unrelated_by_step")
                ],
            },
        ),
        migrations.CreateModel(
            name="Keyword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(max_length=40)),
                ("weight", models.FloatField()),
                (
                    "post",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="posts.post",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["term", "-weight", "post"], name="posts_keyword_strongest")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("post", "term"), name="posts_keyword_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Related",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("score", models.FloatField()),
                (
                    "other",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kin_of",
                        to="posts.post",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kin",
                        to="posts.post",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("post", "other"), name="posts_related_once")
                ],
            },
        ),
        migrations.RunSQL(NOTE_ALL, migrations.RunSQL.noop),
    ]
