"""Featured posts, the newest of which leads the home page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0009_sitemaps_by_month")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="is_featured",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The newest featured post leads the home page.",
                verbose_name="featured",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at", None), ("is_featured", True), ("status", "published")
                ),
                fields=["-pub_date", "-id"],
                name="posts_post_featured",
            ),
        ),
    ]
