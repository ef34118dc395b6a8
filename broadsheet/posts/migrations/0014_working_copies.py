"""Working copies, and kinds and names of revisions."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import broadsheet.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0013_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="kind",
            field=models.CharField(
                choices=[("autosave", "autosaved"), ("saved", "saved"), ("published", "published")],
                db_default="saved",
                default="saved",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=100, verbose_name="name"
            ),
        ),
        migrations.CreateModel(
            name="WorkingCopy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=broadsheet.lib.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("base_version", models.PositiveIntegerField(verbose_name="version")),
                ("number", models.PositiveIntegerField(default=1, verbose_name="number")),
                ("title", models.CharField(blank=True, max_length=300, verbose_name="title")),
                ("subtitle", models.CharField(blank=True, max_length=500, verbose_name="subtitle")),
                (
                    "content",
                    models.TextField(
                        blank=True, max_length=1000000, verbose_name="text in Markdown"
                    ),
                ),
                ("excerpt", models.TextField(blank=True, max_length=1000, verbose_name="excerpt")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="working_copies",
                        to="posts.post",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "working copy",
                "verbose_name_plural": "working copies",
                "constraints": [
                    models.UniqueConstraint(fields=("post", "user"), name="posts_workingcopy_once")
                ],
            },
        ),
    ]
