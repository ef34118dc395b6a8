"""Database triggers that record invalidated cache tags: no change of a public row bypasses them.

The database itself writes the tags in the transaction of the change, however the row changes:
`QuerySet.update`, bulk writes, raw SQL, the admin, another program. Apps declare the rules in
`cache_tags.py`; `migrate` creates the triggers.
"""

from typing import Any

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from broadsheet.pagecache.models import Change
from broadsheet.pagecache.sql import DIALECTS, EVENTS, SQLite, TagRule, statements
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

__all__ = ["TagRule", "after_migrate", "before_migrate", "watch", "watched"]

_rules: dict[type[models.Model], tuple[TagRule, ...]] = {}


def watch(model: type[models.Model], *rules: TagRule) -> None:
    """Declare the tags that inserting, updating or deleting rows of `model` invalidates."""
    _rules[model] = rules


def watched() -> dict[type[models.Model], tuple[TagRule, ...]]:
    """Return the declared rules by model."""
    return dict(_rules)


def before_migrate(using: str, plan: list[Any], **_kwargs: Any) -> None:
    """Drop SQLite's triggers while tables change, because they prevent renaming tables.

    Until `after_migrate` has created them again, no page is cached in any process.
    """
    connection = connections[using]
    if not plan or connection.vendor != "sqlite" or not _has_log(connection):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for model in _rules:
            for event in EVENTS:
                cursor.execute(SQLite.drop(model._meta.db_table, event))  # noqa: SLF001
        cursor.execute(_insert(connection, NOTHING))


def after_migrate(using: str, **_kwargs: Any) -> None:
    """Create the triggers of all existing tables, and invalidate all pages."""
    connection = connections[using]
    if not _has_log(connection):
        return
    tables = connection.introspection.table_names()
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for model, rules in _rules.items():
            if model._meta.db_table in tables:  # noqa: SLF001 - Django's documented interface
                for statement in statements(model, rules, connection.vendor):
                    cursor.execute(statement)
        cursor.execute(_insert(connection, EVERYTHING))


def _has_log(connection: BaseDatabaseWrapper) -> bool:
    return Change._meta.db_table in connection.introspection.table_names()  # noqa: SLF001


def _insert(connection: BaseDatabaseWrapper, tag: str) -> str:
    epoch = DIALECTS[connection.vendor].epoch
    return f"INSERT INTO pagecache_change (stamp, epoch) VALUES ('{tag}', {epoch})"
