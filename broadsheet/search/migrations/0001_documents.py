"""The index of documents, as the database at hand keeps it."""

from django.db import migrations

CREATE = {
    "sqlite": (
        """CREATE TABLE search_document (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL, body TEXT NOT NULL, tags TEXT NOT NULL, wide TEXT NOT NULL)""",
        """CREATE VIRTUAL TABLE search_word USING fts5(title, body, tags, wide,
        content='search_document', content_rowid='number',
        tokenize='porter unicode61 remove_diacritics 2')""",
    ),
    "postgresql": (
        """CREATE TABLE search_document (id uuid PRIMARY KEY, title text NOT NULL,
        body text NOT NULL, tags text NOT NULL, words tsvector NOT NULL)""",
        "CREATE INDEX search_document_words ON search_document USING gin (words)",
    ),
}
DROP = {
    "sqlite": ("DROP TABLE search_word", "DROP TABLE search_document"),
    "postgresql": ("DROP TABLE search_document",),
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunPython(create, drop)]
