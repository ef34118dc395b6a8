"""Queries whose SQL is written once.

For a short read Django writes the SQL ten times as long as the database runs it (see
docs/where-time-goes.md).
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import batched
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Field, Model, QuerySet, UUIDField

type Row = tuple[Any, ...]
type Convert = Callable[[Any], Any]


class Written(NamedTuple):
    """SQL, its parameters and which value takes the place of which, and how a row is read."""

    sql: str
    params: Sequence[Any]
    places: list[tuple[int, int]]
    conversions: list[tuple[int, Convert]]


class Prepared:
    """A query of values (`values_list`) that differs from run to run in its values only.

    `build` is called once, with `samples` in the place of the values: distinct ones of the type
    that will be given. Identifiers come as their 32 hex digits, and times in UTC.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *samples: Any) -> None:
        self._build = build
        self._samples = samples
        self._written: dict[str, Written] = {}

    def __call__(self, *values: Any) -> list[Row]:
        """Return the rows for `values`, which stand for the samples in their order."""
        own = connections[DEFAULT_DB_ALIAS]
        written = self._written.get(own.vendor) or self._write()
        return _fetched(own, written, values)

    def _write(self) -> Written:
        compiler = self._build(*self._samples).query.get_compiler(connection=connection)
        sql, params, places = _sql(compiler, self._samples)
        columns = _columns(compiler)
        found = compiler.get_converters(columns)
        conversions = [
            (n, convert)
            for n, column in enumerate(columns)
            if (convert := _conversion(column, found[n][0] if n in found else []))
        ]
        written = self._written[connection.vendor] = Written(sql, params, places, conversions)
        return written


class Among[R]:
    """A query for what has one of some values, however many are given.

    `kind` is `Prepared` or `Models`; of `sample` they get different values, made from numbers.
    Each size of `ROOMS` is a query of its own; more values are asked for in turns.
    """

    ROOMS = (1, 4, 32, 500)

    def __init__(
        self,
        kind: Callable[..., Callable[..., list[R]]],
        build: Callable[..., QuerySet[Any, Any]],
        sample: Callable[[int], Any],
    ) -> None:
        self._queries = {room: kind(build, *map(sample, range(room))) for room in self.ROOMS}

    def __call__(self, values: Collection[Any]) -> list[R]:
        """Return what is found for `values`, of which no two should be equal."""
        return [row for some in batched(values, self.ROOMS[-1]) for row in self._some(some)]

    def _some(self, values: tuple[Any, ...]) -> list[R]:
        room = next(room for room in self.ROOMS if room >= len(values))
        return self._queries[room](*values, *[values[-1]] * (room - len(values)))


class Models[M: Model]:
    """A query of whole rows as models, with what `select_related` names, of `build` as above."""

    def __init__(self, build: Callable[..., QuerySet[M, M]], *samples: Any) -> None:
        self._build = build
        self._samples = samples
        self._written: dict[str, tuple[Written, Callable[[Row], M]]] = {}

    def __call__(self, *values: Any) -> list[M]:
        """Return the models for `values`, which stand for the samples in their order."""
        own = connections[DEFAULT_DB_ALIAS]
        written, made = self._written.get(own.vendor) or self._write()
        return [made(row) for row in _fetched(own, written, values)]

    def _write(self) -> tuple[Written, Callable[[Row], M]]:
        compiler = self._build(*self._samples).query.get_compiler(connection=connection)
        sql, params, places = _sql(compiler, self._samples)
        columns = _columns(compiler)
        found = compiler.get_converters(columns)
        conversions = [(n, _in_turn(column, how)) for n, (how, column) in found.items()]
        made = _maker(compiler.klass_info, columns)
        written = Written(sql, params, places, conversions)
        both = self._written[connection.vendor] = written, made
        return both


def _sql(compiler: Any, samples: Sequence[Any]) -> tuple[str, Sequence[Any], list[tuple[int, int]]]:
    """Return the SQL, its parameters, and which sample stands at which place of them."""
    sql, params = compiler.as_sql()
    adapted = [_adapted(compiler.connection, sample) for sample in samples]
    sql, params = _with_constants(sql, params, adapted)
    places = [(n, adapted.index(p)) for n, p in enumerate(params) if p in adapted]
    if {value for _place, value in places} != set(range(len(adapted))):
        raise ValueError("A value of this query does not stand in its SQL.")
    return sql, params, places


def _with_constants(
    sql: str, params: Sequence[Any], samples: Sequence[Any]
) -> tuple[str, list[Any]]:
    """Write into the SQL what is the same in each run, and return it with the other parameters.

    Where a parameter decides whether a partial index serves, SQLite plans the query anew each time.
    """
    left = []
    coming = iter(params)

    def one(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return match[0]
        value = next(coming)
        if isinstance(value, str) and value not in samples:
            return "'" + value.replace("'", "''").replace("%", "%%") + "'"
        left.append(value)
        return match[0]

    return re.sub("%[%s]", one, sql), left


def _columns(compiler: Any) -> list[Any]:
    return [column for column, _sql, _alias in compiler.select[: compiler.col_count]]


def _fetched(own: BaseDatabaseWrapper, written: Written, values: Sequence[Any]) -> list[Row]:
    """Run a query on `own`: to look the thread's connection up each time takes long, too."""
    params = list(written.params)
    given = [_adapted(own, value) for value in values]
    for place, value in written.places:
        params[place] = given[value]
    rows = _rows(own, written.sql, params)
    return [_read(row, written.conversions) for row in rows] if written.conversions else rows


def _rows(own: BaseDatabaseWrapper, sql: str, params: list[Any]) -> list[Row]:
    """Run a query. On SQLite, Django's cursor around the driver's takes longer than such a query.

    Who counts or logs queries is shown it all the same.
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
    """Return SQL with the driver's own signs for parameters."""
    return sql.replace("%s", "?").replace("%%", "%")


def _maker(selected: Any, columns: list[Any]) -> Callable[[Row], Any]:
    """Return what makes a row's model, with those it refers to, as Django's own iterator does."""
    model, places = selected["model"], selected["select_fields"]
    own = slice(places[0], places[-1] + 1)
    names = [column.target.attname for column in columns[own]]
    key = places[0] + names.index(model._meta.pk.attname)  # noqa: SLF001 - Django's documented API
    others = [
        (_maker(other, columns), other["local_setter"])
        for other in selected.get("related_klass_infos", ())
    ]

    def make(row: Row) -> Any:
        if row[key] is None:
            return None
        made = model.from_db(connection.alias, names, row[own])
        for make_other, place in others:
            place(made, make_other(row))
        return made

    return make


def _adapted(own: Any, value: Any) -> Any:
    """Return `value` as the driver takes it, as a field would give it."""
    if isinstance(value, str):  # the digits of an identifier too
        return value
    if isinstance(value, uuid.UUID):
        return value if own.features.has_native_uuid_field else value.hex
    if isinstance(value, dt.datetime):
        return own.ops.adapt_datetimefield_value(value)
    return value


def _conversion(column: Any, converters: Sequence[Callable[..., Any]]) -> Convert | None:
    """Return what makes a column's value what it is in Python, if anything is to be done.

    For identifiers and times, of which there are many, that is less than what Django would do.
    """
    field: Field[Any, Any] = column.output_field
    if isinstance(field, UUIDField):
        return attrgetter("hex") if connection.features.has_native_uuid_field else None
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
    for place, convert in conversions:
        if values[place] is not None:
            values[place] = convert(values[place])
    return tuple(values)


def _in_utc(value: dt.datetime) -> dt.datetime:
    """Return a time in UTC; from SQLite it comes without saying so."""
    return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
