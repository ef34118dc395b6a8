"""Compiled queries: their SQL is compiled once and then reused.

For a short read, Django takes ten times as long to compile the SQL as the database takes to run it
(see docs/where-time-goes.md).
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DateTimeField, Field, QuerySet, UUIDField

type Row = tuple[Any, ...]
type Convert = Callable[[Any], Any]

_to_uuid = lru_cache(maxsize=8_192)(uuid.UUID)  # lists show the same authors and tags


class CompiledSQL(NamedTuple):
    """SQL, its parameters, the positions of the values in them, and the conversions of a row."""

    sql: str
    params: Sequence[Any]
    positions: list[tuple[int, int]]
    conversions: list[tuple[int, Convert]]


class CompiledQuery:
    """A query of values (`values_list`) whose parameters are its only difference between runs.

    `build` is called once with `samples`, which are distinct values of the parameters' types.
    Datetimes are returned in UTC.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *samples: Any) -> None:
        self._build = build
        self._samples = samples
        self._compiled: dict[str, CompiledSQL] = {}

    def __call__(self, *values: Any) -> list[Row]:
        """Run the query with `values` in place of the samples, in the same order."""
        own = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled.get(own.vendor) or self._compile()
        return _fetch(own, compiled, values)

    def _compile(self) -> CompiledSQL:
        compiler = self._build(*self._samples).query.get_compiler(connection=connection)
        sql, params, positions = _sql(compiler, self._samples)
        columns = _columns(compiler)
        converters = compiler.get_converters(columns)
        conversions = [
            (n, convert)
            for n, column in enumerate(columns)
            if (convert := _conversion(column, converters[n][0] if n in converters else []))
        ]
        compiled = self._compiled[connection.vendor] = CompiledSQL(
            sql, params, positions, conversions
        )
        return compiled


def _sql(compiler: Any, samples: Sequence[Any]) -> tuple[str, Sequence[Any], list[tuple[int, int]]]:
    """Return the SQL, its parameters, and pairs of parameter index and sample index."""
    sql, params = compiler.as_sql()
    adapted = [_adapted(compiler.connection, sample) for sample in samples]
    sql, params = _with_constants(sql, params, adapted)
    positions = [(n, adapted.index(p)) for n, p in enumerate(params) if p in adapted]
    if {value for _position, value in positions} != set(range(len(adapted))):
        raise ValueError("The SQL of this query lacks one of its values.")
    return sql, params, positions


def _with_constants(
    sql: str, params: Sequence[Any], samples: Sequence[Any]
) -> tuple[str, list[Any]]:
    """Inline the constant parameters into the SQL, and return it with the other parameters.

    If a parameter decides whether a partial index applies, SQLite plans the query again each time.
    """
    remaining = []
    values = iter(params)

    def one(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return match[0]
        value = next(values)
        if isinstance(value, bool):  # SQLite's partial indexes compare with 1, not with TRUE
            return str(int(value) if connection.vendor == "sqlite" else value)
        if isinstance(value, str) and value not in samples:
            return "'" + value.replace("'", "''").replace("%", "%%") + "'"
        remaining.append(value)
        return match[0]

    return re.sub("%[%s]", one, sql), remaining


def _columns(compiler: Any) -> list[Any]:
    return [column for column, _sql, _alias in compiler.select[: compiler.col_count]]


def _fetch(own: BaseDatabaseWrapper, compiled: CompiledSQL, values: Sequence[Any]) -> list[Row]:
    """Run a query on the connection `own`; looking up the thread's connection each time is slow."""
    params = list(compiled.params)
    adapted = [_adapted(own, value) for value in values]
    for position, value in compiled.positions:
        params[position] = adapted[value]
    rows = _rows(own, compiled.sql, params)
    return [_read(row, compiled.conversions) for row in rows] if compiled.conversions else rows


def _rows(own: BaseDatabaseWrapper, sql: str, params: list[Any]) -> list[Row]:
    """Run a query. On SQLite, Django's cursor wrapper takes longer than such a query.

    Query logging and execute wrappers still see it.
    """
    if own.vendor != "sqlite" or own.queries_logged or own.execute_wrappers:
        with own.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    own.ensure_connection()
    own.validate_no_broken_transaction()
    with own.wrap_database_errors:
        rows: list[Row] = own.connection.execute(_for_sqlite(sql), params).fetchall()
    return rows


@cache
def _for_sqlite(sql: str) -> str:
    """Return SQL with the placeholders of SQLite's driver."""
    return sql.replace("%s", "?").replace("%%", "%")


def _adapted(own: Any, value: Any) -> Any:
    """Return `value` as a field would pass it to the driver."""
    if isinstance(value, str):  # also the hex digits of a UUID
        return value
    if isinstance(value, uuid.UUID):
        return value if own.features.has_native_uuid_field else value.hex
    if isinstance(value, dt.datetime):
        return own.ops.adapt_datetimefield_value(value)
    return value


def _conversion(column: Any, converters: Sequence[Callable[..., Any]]) -> Convert | None:
    """Return the conversion of a column's value to Python, if it needs one.

    For types that are frequent, that is cheaper than Django's conversion.
    """
    field: Field[Any, Any] = column.output_field
    if isinstance(field, UUIDField):
        return None if connection.features.has_native_uuid_field else _to_uuid
    if isinstance(field, BooleanField):
        return bool if converters else None
    if isinstance(field, DateTimeField):
        return _in_utc
    return _in_turn(column, converters) if converters else None


def _in_turn(column: Any, converters: Sequence[Callable[..., Any]]) -> Convert:
    def convert(value: Any) -> Any:
        for converter in converters:
            value = converter(value, column, connection)
        return value

    return convert


def _read(row: Row, conversions: list[tuple[int, Convert]]) -> Row:
    values = list(row)
    for position, convert in conversions:
        if values[position] is not None:
            values[position] = convert(values[position])
    return tuple(values)


def _in_utc(value: dt.datetime) -> dt.datetime:
    """Return a datetime in UTC; SQLite returns naive ones."""
    return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
