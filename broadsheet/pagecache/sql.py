"""SQL of the triggers that write the change log, for SQLite and PostgreSQL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from broadsheet.pagecache.tags import EVERYTHING

#: The events of a trigger, and the names of the row before and after each.
EVENTS = {"insert": ["NEW"], "delete": ["OLD"], "update": ["OLD", "NEW"]}


@dataclass(frozen=True, slots=True)
class TagRule:
    """Rule: which cache tag a changed row invalidates.

    `key` has columns in braces: `post:{id}`. UUIDs are written as 32 hexadecimal digits,
    `{pub_date:month}` as 2026-11 (UTC). The columns are those of the row, or of the rows of
    `through` that match `where`. `when` and `where` are SQL for both databases, with `{row}` for
    the changed row. An update counts if one of the columns `on` changed; without any, always.
    """

    key: str
    when: str = ""
    on: tuple[str, ...] = ()
    through: type[models.Model] | None = None
    where: str = ""


def statements(model: type[models.Model], rules: tuple[TagRule, ...], vendor: str) -> Iterator[str]:
    """Yield the SQL that creates or replaces the triggers of `model` for `rules`."""
    dialect = DIALECTS[vendor]
    for event, rows in EVENTS.items():
        keys = [
            _select(rule, model, row, dialect, is_update=event == "update")
            for rule in rules
            for row in rows
        ]
        body = (
            f"INSERT INTO pagecache_change (stamp, epoch) SELECT k, {dialect.epoch} FROM"
            f" ({' UNION '.join(dict.fromkeys(keys))}) AS tags WHERE k IS NOT NULL"
        )
        yield from dialect.trigger(model._meta.db_table, event, body)  # noqa: SLF001
    yield from dialect.trigger_of_truncate(model._meta.db_table)  # noqa: SLF001


class SQLite:
    """Triggers of SQLite."""

    epoch = "0"
    differs = "{old} IS NOT {new}"

    @staticmethod
    def text(column: str, _field: models.Field[Any, Any], format_: str) -> str:
        """Return the column as text."""
        return f"substr({column}, 1, 7)" if format_ == "month" else column

    @staticmethod
    def drop(table: str, event: str) -> str:
        """Return the SQL that drops a trigger."""
        return f'DROP TRIGGER IF EXISTS "{table}_{event}_stamps"'

    @classmethod
    def trigger(cls, table: str, event: str, body: str) -> Iterator[str]:
        """Yield the SQL that creates or replaces a trigger."""
        yield cls.drop(table, event)
        yield (
            f'CREATE TRIGGER "{table}_{event}_stamps" AFTER {event.upper()} ON "{table}"'
            f" FOR EACH ROW BEGIN {body}; END"
        )

    @staticmethod
    def trigger_of_truncate(_table: str) -> Iterator[str]:
        """Yield nothing: there is no TRUNCATE, and triggers see a DELETE of all rows."""
        yield from ()


class PostgreSQL:
    """Triggers of PostgreSQL."""

    epoch = "pg_current_xact_id()::text::bigint"
    differs = "{old} IS DISTINCT FROM {new}"

    @staticmethod
    def text(column: str, field: models.Field[Any, Any], format_: str) -> str:
        """Return the column as text."""
        if format_ == "month":
            return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM')"
        target = field.target_field if isinstance(field, models.ForeignKey) else field
        is_uuid = target.get_internal_type() == "UUIDField"
        return f"replace({column}::text, '-', '')" if is_uuid else f"{column}::text"

    @staticmethod
    def drop(table: str, event: str) -> str:
        """Return the SQL that drops a trigger."""
        return f'DROP TRIGGER IF EXISTS "{table}_{event}_stamps" ON "{table}"'

    @classmethod
    def trigger(cls, table: str, event: str, body: str) -> Iterator[str]:
        """Yield the SQL that creates or replaces a trigger."""
        name = f'"{table}_{event}_stamps"'
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body}; RETURN NULL; END $$"
        )
        yield (
            f'CREATE OR REPLACE TRIGGER {name} AFTER {event.upper()} ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )

    @classmethod
    def trigger_of_truncate(cls, table: str) -> Iterator[str]:
        """Yield the SQL that makes TRUNCATE invalidate everything: row triggers do not see it."""
        name = f'"{table}_truncate_stamps"'
        body = f"INSERT INTO pagecache_change (stamp, epoch) VALUES ('{EVERYTHING}', {cls.epoch})"
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body}; RETURN NULL; END $$"
        )
        yield (
            f'CREATE OR REPLACE TRIGGER {name} AFTER TRUNCATE ON "{table}"'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


type Dialect = type[SQLite | PostgreSQL]
DIALECTS: dict[str, Dialect] = {"sqlite": SQLite, "postgresql": PostgreSQL}


def _select(
    rule: TagRule, model: type[models.Model], row: str, dialect: Dialect, *, is_update: bool
) -> str:
    """Return the SELECT of the tags that one rule writes for one changed row."""
    conditions = []
    if rule.when:
        conditions.append(f"({rule.when.format(row=row)})")
    if is_update and rule.on:
        pairs = (dialect.differs.format(old=f"OLD.{c}", new=f"NEW.{c}") for c in rule.on)
        conditions.append(f"({' OR '.join(pairs)})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if rule.through is None:
        return f"SELECT {_key(rule.key, model, row, dialect)} AS k{where}"
    table = rule.through._meta.db_table  # noqa: SLF001
    columns = ", ".join(_columns(rule.key))
    return (
        f"SELECT {_key(rule.key, rule.through, 'matches', dialect)} AS k FROM (SELECT {columns}"
        f' FROM "{table}" WHERE {rule.where.format(row=row)}) AS matches{where}'
    )


_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def _columns(key: str) -> Iterator[str]:
    return (name for name, _format in _PLACEHOLDER.findall(key))


def _key(key: str, model: type[models.Model], row: str, dialect: Dialect) -> str:
    """Return the SQL expression of `key` for a row: 'post:' || row.id."""
    fields = {field.column: field for field in model._meta.concrete_fields}  # noqa: SLF001
    parts = []
    end = 0
    for placeholder in _PLACEHOLDER.finditer(key):
        parts.append(f"'{key[end : placeholder.start()]}'")
        name, format_ = placeholder.groups()
        parts.append(dialect.text(f"{row}.{name}", fields[name], format_ or ""))
        end = placeholder.end()
    parts.append(f"'{key[end:]}'")
    return " || ".join(part for part in parts if part != "''")
