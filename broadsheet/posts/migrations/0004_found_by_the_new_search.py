"""Puts all listed posts into the search index, which begins anew."""

from django.db import migrations

from broadsheet import markup, search
from broadsheet.posts.actions.index_sync import author_key, tag_key


def documents(apps, alias):
    posts = apps.get_model("posts", "Post").objects.using(alias)
    posts = posts.filter(status="published", deleted_at=None)
    tags = apps.get_model("posts", "PostTag").objects.using(alias).order_by("position")
    authorships = apps.get_model("posts", "Authorship").objects.using(alias).order_by("position")
    fields = ("pk", "title", "subtitle", "content", "pub_date")
    for pk, title, subtitle, content, at in posts.values_list(*fields).iterator(chunk_size=200):
        filed = list(tags.filter(post=pk).values_list("tag_id", "tag__name"))
        people = authorships.filter(post=pk).values_list("user_id", flat=True)
        yield search.Document(
            id=pk,
            title=title,
            subtitle=subtitle,
            body=text(content),
            tags=" ".join(name for _tag, name in filed),
            at=at,
            keys=(*map(author_key, people), *(tag_key(tag) for tag, _name in filed)),
        )


def text(content):
    try:
        return markup.render(content).text
    except markup.TooComplexError:
        return content


def fill(apps, schema_editor):
    search.put(documents(apps, schema_editor.connection.alias))


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0003_lists_of_members"),
        ("search", "0002_headings_vocabulary_and_time"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
