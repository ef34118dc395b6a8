"""The index of documents, as the database at hand keeps it."""

from django.db import migrations

from broadsheet.search.index import backend


def create(apps, schema_editor):
    for statement in backend(schema_editor.connection.vendor).CREATE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for statement in backend(schema_editor.connection.vendor).DROP:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunPython(create, drop)]
