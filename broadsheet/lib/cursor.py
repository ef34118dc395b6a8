"""Opaque cursors for keyset pagination by time and id."""

import base64
import binascii
import datetime as dt
import uuid
from dataclasses import dataclass

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Position of the last row of a page; the next page begins after it."""

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
