"""Rows that are added by SQL which is written once: for reading see `prepared`."""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    AutoField,
    BooleanField,
    CharField,
    Field,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextField,
    URLField,
)
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery


class Insert[M: Model]:
    """Adds rows of a model, as `bulk_create` does.

    Where the primary key is there already, the fields `replacing` are set instead, if any are
    named. A key that the database counts is not read back.
    """

    def __init__(self, model: type[M], *, replacing: Sequence[str] = ()) -> None:
        self._model = model
        self._replacing = replacing
        self._sql: dict[str, str] = {}
        meta = model._meta  # noqa: SLF001 - Django's documented interface
        self._fields = [f for f in meta.concrete_fields if not isinstance(f, AutoField)]
        self._columns = [(f.attname, f, _type_of(f)) for f in self._fields]

    def __call__(self, *rows: M) -> None:
        """Add `rows`, in the caller's transaction. Raises IntegrityError."""
        if not rows:
            return
        own = connections[DEFAULT_DB_ALIAS]  # what stands before it, `connection`, is slower
        sql = self._sql.get(own.vendor) or self._write(own)
        _run(own, sql, [[_adapted(row, *column, own) for column in self._columns] for row in rows])
        for row in rows:
            row._state.adding = False  # noqa: SLF001 - Django's documented interface
            row._state.db = own.alias  # noqa: SLF001 - likewise

    def _write(self, own: BaseDatabaseWrapper) -> str:
        """Return the SQL as Django writes it for one row."""
        meta = self._model._meta  # noqa: SLF001 - likewise
        replacing = [meta.get_field(name) for name in self._replacing]
        query = InsertQuery(
            self._model,
            on_conflict=OnConflict.UPDATE if replacing else None,
            update_fields=replacing,
            unique_fields=[meta.pk] if replacing else [],
        )
        query.insert_values(self._fields, [self._model()], raw=False)
        [(sql, _params)] = query.get_compiler(connection=own).as_sql()
        return self._sql.setdefault(own.vendor, str(sql))


#: What databases take as it is, field by field; one of another type is left to the field.
_PLAIN: dict[type[Field[Any, Any]], type] = {
    CharField: str,
    TextField: str,
    URLField: str,
    BooleanField: bool,
    PositiveIntegerField: int,
    PositiveSmallIntegerField: int,
}


def _type_of(field: Field[Any, Any]) -> type:
    return _PLAIN.get(type(field), object)  # of which nothing is an instance


def _adapted(
    row: Model, name: str, field: Field[Any, Any], plain: type, own: BaseDatabaseWrapper
) -> Any:
    """Return a field's value as the driver takes it."""
    value = getattr(row, name)
    if type(value) is plain:
        return value
    return field.get_db_prep_save(field.pre_save(row, add=True), own)


def _run(own: BaseDatabaseWrapper, sql: str, rows: list[list[Any]]) -> None:
    """Run `sql` for each of `rows`, on SQLite without Django's cursor: see `prepared`."""
    if own.vendor != "sqlite" or own.queries_logged or own.execute_wrappers:
        with own.cursor() as cursor:
            cursor.executemany(sql, rows)
        return
    own.ensure_connection()
    own.validate_no_broken_transaction()
    with own.wrap_database_errors:
        own.connection.executemany(sql.replace("%s", "?"), rows)
