"""Pages: posts of another kind, outside of lists; and layouts to choose from."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    survived_because = "the release before does not write the columns, and their defaults are valid"

    dependencies = [
        ("media", "0002_uploaders_of_the_same_image"),
        ("posts", "0012_image_uses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="post",
            name="posts_post_listed",
        ),
        migrations.RemoveIndex(
            model_name="post",
            name="posts_post_featured",
        ),
        migrations.AddField(
            model_name="post",
            name="kind",
            field=models.CharField(
                choices=[("post", "post"), ("page", "page")],
                db_default="post",
                default="post",
                help_text="Pages are not in lists and feeds. Link to them in the navigation.",
                max_length=4,
                verbose_name="type",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="page_layout",
            field=models.CharField(
                choices=[("default", "default"), ("wide", "wide"), ("undated", "no dates")],
                db_default="default",
                default="default",
                max_length=10,
                verbose_name="layout",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("kind", "post"), ("status", "published")),
                fields=["-pub_date", "-id"],
                name="posts_post_listed",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("kind", "page"), ("status", "published")),
                fields=["-pub_date", "-id"],
                name="posts_post_page",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at", None),
                    ("is_featured", True),
                    ("kind", "post"),
                    ("status", "published"),
                ),
                fields=["-pub_date", "-id"],
                name="posts_post_featured",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("kind", "page")),
                fields=["-updated_at", "-id"],
                name="posts_post_latest_pages",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["post", "page"])), name="posts_post_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("page_layout__in", ["default", "wide", "undated"])),
                name="posts_post_page_layout_known",
            ),
        ),
    ]
