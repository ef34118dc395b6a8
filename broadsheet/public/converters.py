"""URL path converters: slugs, usernames, years, months and UUIDs."""

import datetime as dt
import uuid

from broadsheet.lib import slugs
from broadsheet.posts.models import RESERVED_SLUGS


class SlugConverter:
    """A slug of any script, as `lib.slugs` makes it."""

    regex = rf"{slugs.CHARACTER}{{1,{slugs.LENGTH}}}"

    def to_python(self, value: str) -> str:
        """Return the slug unchanged."""
        return value

    def to_url(self, value: str) -> str:
        """Return the slug unchanged."""
        return value


class PostSlugConverter(SlugConverter):
    """A post's slug: any slug that is not reserved for another page."""

    def to_python(self, value: str) -> str:
        """Return the slug. Raises ValueError if it is reserved for another page."""
        if value.casefold() in RESERVED_SLUGS:
            raise ValueError("reserved slug")
        return value


class UsernameConverter(SlugConverter):
    """A user name in any case."""

    regex = r"[A-Za-z0-9_-]{1,40}"


class YearConverter:
    """A year of four digits for which times can be computed in any time zone."""

    regex = r"[1-9]\d{3}"

    def to_python(self, value: str) -> int:
        """Return the year. Raises ValueError for 9999, whose end is out of range."""
        if value == "9999" or not value.isascii():
            raise ValueError("out of range")
        return int(value)

    def to_url(self, value: int) -> str:
        """Return the year with four digits."""
        return f"{value:04}"


class MonthConverter:
    """A month of a year, such as 2026-11."""

    regex = r"[1-9]\d{3}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> dt.date:
        """Return the first day of the month. Raises ValueError for December 9999 (out of range)."""
        if value == "9999-12" or not value.isascii():
            raise ValueError("out of range")
        return dt.date(int(value[:4]), int(value[5:]), 1)

    def to_url(self, value: dt.date) -> str:
        """Return the year and the month."""
        return f"{value:%Y-%m}"


class HexUUIDConverter:
    """A UUID without hyphens."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> uuid.UUID:
        """Return the UUID."""
        return uuid.UUID(hex=value)

    def to_url(self, value: uuid.UUID) -> str:
        """Return the hexadecimal digits of the UUID."""
        return value.hex
