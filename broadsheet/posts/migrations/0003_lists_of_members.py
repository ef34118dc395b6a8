"""Lists of what a member may work on, along an index of the author, the tag or the standing."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0001_initial"),
        ("posts", "0002_related"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="authorship",
            name="post",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="posts.post"
            ),
        ),
        migrations.AlterField(
            model_name="authorship",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="posttag",
            name="post",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="posts.post"
            ),
        ),
        migrations.AlterField(
            model_name="posttag",
            name="tag",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="posts.tag"
            ),
        ),
        migrations.AddIndex(
            model_name="authorship",
            index=models.Index(fields=["user", "-post"], name="posts_authorship_newest"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("status", "draft")),
                fields=["-id"],
                name="posts_post_draft",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("status", "scheduled")),
                fields=["-id"],
                name="posts_post_scheduled",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("status", "unlisted")),
                fields=["-id"],
                name="posts_post_unlisted",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("status", "archived")),
                fields=["-id"],
                name="posts_post_archived",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["-id"],
                name="posts_post_deleted",
            ),
        ),
        migrations.AddIndex(
            model_name="posttag",
            index=models.Index(fields=["tag", "-post"], name="posts_posttag_newest"),
        ),
    ]
