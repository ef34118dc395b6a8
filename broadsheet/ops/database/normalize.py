"""Normalized values of rows, independent of the database; rows are copied and compared as these.

Times are naive and in UTC, identifiers are 32 hexadecimal digits, JSON is text with its keys in
order, dates are ISO 8601; numbers, booleans, text and bytes are Python's own.
"""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b
from typing import Any

#: Normalized values of a row; the first is its primary key.
type Row = tuple[Any, ...]
type Convert = Callable[[Any], Any]

_MODULUS = 1 << 128


def _json(text: str) -> str:
    return json.dumps(_integral(json.loads(text)), sort_keys=True)


def _integral(value: Any) -> Any:
    """Return JSON in which 1.0 and 1e0 are 1, as PostgreSQL may return them."""
    if isinstance(value, dict):
        return {key: _integral(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_integral(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _parse_datetime(text: str) -> dt.datetime:
    return _in_utc(dt.datetime.fromisoformat(text))


def _in_utc(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


#: Conversions from a driver's value, by field type; values of other types are already normalized.
FROM_DRIVER: dict[str, dict[str, Convert]] = {
    "sqlite": {
        "BooleanField": bool,
        "DateTimeField": _parse_datetime,
        "FloatField": float,
        "JSONField": _json,
        "DecimalField": lambda value: Decimal(str(value)).normalize(),
        "DurationField": lambda value: dt.timedelta(microseconds=value),
    },
    "postgresql": {
        "DateTimeField": _in_utc,
        "UUIDField": lambda value: value.hex,
        "DateField": lambda value: value.isoformat(),
        "TimeField": lambda value: value.isoformat(),
        "JSONField": _json,
        "DecimalField": lambda value: value.normalize(),
        "BinaryField": bytes,
    },
}
#: Conversions from a normalized value to the driver's.
TO_DRIVER: dict[str, dict[str, Convert]] = {
    "sqlite": {
        "BooleanField": int,
        "DateTimeField": str,
        "DecimalField": str,
        "DurationField": lambda value: value // dt.timedelta(microseconds=1),
    },
    "postgresql": {"DateTimeField": lambda value: value.replace(tzinfo=dt.UTC)},
}
#: Field types that are known to survive a copy.
FIELD_TYPES = {
    *(kind for change in (FROM_DRIVER, TO_DRIVER) for kinds in change.values() for kind in kinds),
    *("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField"),
    *("SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"),
    *("PositiveSmallIntegerField", "CharField", "TextField", "FileField", "SlugField"),
}


def convert_rows(kinds: tuple[str, ...], conversions: dict[str, Convert]) -> Callable[[Row], Row]:
    """Return a function that applies `conversions` to the values of rows with fields of `kinds`."""
    steps = [(at, conversions[kind]) for at, kind in enumerate(kinds) if kind in conversions]

    def convert(row: Row) -> Row:
        values = list(row)
        for at, step in steps:
            if values[at] is not None:
                values[at] = step(values[at])
        return tuple(values)

    return convert


class Checksum:
    """A checksum over rows, independent of their order and of interruptions."""

    def __init__(self, initial: str = "") -> None:
        """Start at zero, or at an earlier checksum as text."""
        self._sum = int(initial or "0", 16)

    def add(self, row: Row) -> None:
        """Add a row."""
        digest = blake2b(repr(row).encode(errors="surrogatepass"), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(digest)) % _MODULUS

    def __str__(self) -> str:
        return f"{self._sum:032x}"
