from django.db import migrations


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE search_document USING fts5(id UNINDEXED, title, body, tags,"
            " tokenize='porter unicode61 remove_diacritics 2', prefix='2 3')"
        )


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS search_document")


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunPython(create, drop)]
