"""The index anew: titles by themselves, the words there are, the order in time.

What it held is put in again by the migration of the posts that depends on this one.
"""

from django.db import migrations

from broadsheet.search.backends import backend

OLD = {
    "sqlite": ("DROP TABLE search_word", "DROP TABLE search_document"),
    "postgresql": ("DROP TABLE search_document",),
}


def create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in (*OLD[vendor], *backend(vendor).CREATE):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_documents")]
    operations = [migrations.RunPython(create)]
