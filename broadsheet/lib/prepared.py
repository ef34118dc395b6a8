"""Queries whose SQL is written once.

For a short read Django writes the SQL ten times as long as the database runs it (see
docs/where-time-goes.md).
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import DateTimeField, Field, QuerySet, UUIDField

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
        written = self._written.get(connection.vendor) or self._write()
        params = list(written.params)
        given = [_adapted(value) for value in values]
        for place, value in written.places:
            params[place] = given[value]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, params)
            rows = cursor.fetchall()
        return [_read(row, written.conversions) for row in rows] if written.conversions else rows

    def _write(self) -> Written:
        compiler = self._build(*self._samples).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        samples = [_adapted(sample) for sample in self._samples]
        places = [(n, samples.index(p)) for n, p in enumerate(params) if p in samples]
        if {value for _place, value in places} != set(range(len(samples))):
            raise ValueError("A value of this query does not stand in its SQL.")
        columns = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
        found = compiler.get_converters(columns)
        conversions = [
            (n, convert)
            for n, column in enumerate(columns)
            if (convert := _conversion(column, found[n][0] if n in found else []))
        ]
        written = self._written[connection.vendor] = Written(sql, params, places, conversions)
        return written


def _adapted(value: Any) -> Any:
    """Return `value` as the driver takes it, as a field would give it."""
    if isinstance(value, str):  # the digits of an identifier too
        return value
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
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
    if not converters:
        return None

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
