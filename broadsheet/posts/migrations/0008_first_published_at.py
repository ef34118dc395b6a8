"""Records when each post first became public, so that it is announced once."""

from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone


def fill(apps, schema_editor):
    """Take every post that is public, or has a past date as a withdrawn one keeps, as announced."""
    posts = apps.get_model("posts", "Post").objects.using(schema_editor.connection.alias)
    has_been_public = Q(status__in=["published", "unlisted", "archived"]) | Q(
        status="draft", pub_date__lte=timezone.now()
    )
    posts.filter(has_been_public).update(first_published_at=F("pub_date"))


class Migration(migrations.Migration):
    dependencies = [("posts", "0007_tags_and_series_by_name")]
    survived_because = "it fills a column that the release before neither reads nor writes"

    operations = [
        migrations.AddField(
            model_name="post",
            name="first_published_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="first published"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
