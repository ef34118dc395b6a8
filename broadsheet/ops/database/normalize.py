"""Values of rows, the same whichever database they come from: what is copied is compared as these.

Times are naive and in UTC, identifiers are 32 hexadecimal digits, JSON is text with its keys in
order, dates are ISO 8601; numbers, truth, text and bytes are Python's own.
"""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b
from typing import Any

#: A row's canonical values; the first is its primary key.
type Row = tuple[Any, ...]
type Change = Callable[[Any], Any]

_WORLD = 1 << 128


def _json(text: str) -> str:
    return json.dumps(_plain(json.loads(text)), sort_keys=True)


def _plain(value: Any) -> Any:
    """Return JSON in which 1.0 and 1e0 are 1, as PostgreSQL may give them back."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(text: str) -> dt.datetime:
    return _in_utc(dt.datetime.fromisoformat(text))


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


#: What makes a driver's value canonical, by the kind of its field; others are so already.
READ: dict[str, dict[str, Change]] = {
    "sqlite": {
        "BooleanField": bool,
        "DateTimeField": _moment,
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
#: What makes a canonical value one that the driver takes.
WRITE: dict[str, dict[str, Change]] = {
    "sqlite": {
        "BooleanField": int,
        "DateTimeField": str,
        "DecimalField": str,
        "DurationField": lambda value: value // dt.timedelta(microseconds=1),
    },
    "postgresql": {"DateTimeField": lambda value: value.replace(tzinfo=dt.UTC)},
}
#: Kinds of fields whose values are known to survive.
KINDS = {
    *(kind for change in (READ, WRITE) for kinds in change.values() for kind in kinds),
    *("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField"),
    *("SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"),
    *("PositiveSmallIntegerField", "CharField", "TextField", "FileField", "SlugField"),
}


def changed(kinds: tuple[str, ...], changes: dict[str, Change]) -> Callable[[Row], Row]:
    """Return what applies `changes` to each value of rows whose fields are of `kinds`."""
    steps = [(at, changes[kind]) for at, kind in enumerate(kinds) if kind in changes]

    def change(row: Row) -> Row:
        values = list(row)
        for at, step in steps:
            if values[at] is not None:
                values[at] = step(values[at])
        return tuple(values)

    return change


class Checksum:
    """A sum over rows that does not depend on their order or on where one stopped meanwhile."""

    def __init__(self, so_far: str = "") -> None:
        """Begin with nothing, or with what `str` gave."""
        self._sum = int(so_far or "0", 16)

    def add(self, row: Row) -> None:
        """Count in a row."""
        digest = blake2b(repr(row).encode(errors="surrogatepass"), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(digest)) % _WORLD

    def __str__(self) -> str:
        return f"{self._sum:032x}"
