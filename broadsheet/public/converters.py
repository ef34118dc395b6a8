"""What stands in the place of a slug, a user name or a cursor in an address."""

import datetime as dt
import uuid

from broadsheet.lib import slugs
from broadsheet.posts.models import RESERVED_SLUGS


class Slug:
    """A slug of any script, as `lib.slugs` makes it."""

    regex = rf"{slugs.CHARACTER}{{1,{slugs.LENGTH}}}"

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Write it as it is."""
        return value


class PostSlug(Slug):
    """A post's slug, which no other page has."""

    def to_python(self, value: str) -> str:
        """Take it as it is. Raises ValueError for what never is a post's."""
        if value.casefold() in RESERVED_SLUGS:
            raise ValueError("another page's")
        return value


class Username(Slug):
    """A user name in any case."""

    regex = r"[A-Za-z0-9_-]{1,40}"


class Year:
    """A year of four digits for which times can be computed in any time zone."""

    regex = r"[1-9]\d{3}"

    def to_python(self, value: str) -> int:
        """Read it; 9999 has no year after it."""
        if value == "9999" or not value.isascii():
            raise ValueError("out of range")
        return int(value)

    def to_url(self, value: int) -> str:
        """Write it with four digits."""
        return f"{value:04}"


class Month:
    """A month of a year, such as 2026-11."""

    regex = r"[1-9]\d{3}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> dt.date:
        """Return its first day; December 9999 has no month after it."""
        if value == "9999-12" or not value.isascii():
            raise ValueError("out of range")
        return dt.date(int(value[:4]), int(value[5:]), 1)

    def to_url(self, value: dt.date) -> str:
        """Write year and month."""
        return f"{value:%Y-%m}"


class Hex:
    """A UUID without hyphens."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> uuid.UUID:
        """Read it."""
        return uuid.UUID(hex=value)

    def to_url(self, value: uuid.UUID) -> str:
        """Write it."""
        return value.hex
