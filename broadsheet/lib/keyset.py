"""Keyset pagination: a page begins after the last row of the page before.

So each page reads one range of an index and costs the same, however deep it is in the list.
"""

import base64
import binascii
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import Http404
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: The query parameter with the cursor.
AFTER = "after"


class Cursor(NamedTuple):
    """Time and ID of the last row of a page, as an opaque string in URLs."""

    at: dt.datetime
    id: uuid.UUID

    def __str__(self) -> str:
        micros = (self.at - _EPOCH) // dt.timedelta(microseconds=1)
        raw = micros.to_bytes(8, "big", signed=True) + self.id.bytes
        return base64.urlsafe_b64encode(raw).decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Parse a cursor that `str` wrote. Raises ValueError for anything else."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
            if len(raw) != 24:  # noqa: PLR2004 - 8 bytes of time, 16 of id
                raise ValueError("wrong length")
            micros = int.from_bytes(raw[:8], "big", signed=True)
            at = _EPOCH + dt.timedelta(microseconds=micros)
        except (ValueError, binascii.Error, OverflowError) as error:
            raise ValueError("not a cursor of this site") from error
        return cls(at=at, id=uuid.UUID(bytes=raw[8:]))


#: Start of a list from newest to oldest, and of a list from oldest to newest.
NEWEST = Cursor(dt.datetime.max.replace(tzinfo=dt.UTC), uuid.UUID(int=2**128 - 1))
OLDEST = Cursor(dt.datetime.min.replace(tzinfo=dt.UTC), uuid.UUID(int=0))


def read_cursor(params: MultiValueDict[str, str]) -> Cursor | None:
    """Return the cursor in a query string, if any. Raises Http404 for an invalid one."""
    text = params.get(AFTER)
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise Http404(_("This page of the list does not exist.")) from error


def rows_after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition for rows after `values` in `order`, such as ("-pub_date", "-id")."""
    return _compare(order, values, after=True) & _bound(order, values, after=True)


def rows_up_to(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition for rows before `values` in `order`, and the row with `values`."""
    equal = Q(**{name.lstrip("-"): value for name, value in zip(order, values, strict=True)})
    before = _compare(order, values, after=False)
    return (before | equal) & _bound(order, values, after=False)


def split_page[T](rows: list[T], size: int) -> tuple[list[T], T | None]:
    """Return the first `size` rows; and the last of them if there are more, else None."""
    page = rows[:size]
    return page, page[-1] if len(rows) > size else None


def _compare(order: Sequence[str], values: Sequence[Any], *, after: bool) -> Q:
    """Return the row comparison `order < values` (or >); all columns have the same direction."""
    operator = "lt" if order[0].startswith("-") == after else "gt"
    condition, tied = Q(), Q()
    for name, value in zip((name.lstrip("-") for name in order), values, strict=True):
        condition |= tied & Q(**{f"{name}__{operator}": value})
        tied &= Q(**{name: value})
    return condition


def _bound(order: Sequence[str], values: Sequence[Any], *, after: bool) -> Q:
    """Bound the first column, without which databases do not use a range of an index."""
    operator = "lte" if order[0].startswith("-") == after else "gte"
    return Q(**{f"{order[0].lstrip('-')}__{operator}": values[0]})
