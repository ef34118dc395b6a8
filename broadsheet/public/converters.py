"""What stands in the place of a slug, a user name or a cursor in an address."""

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


class Hex:
    """A UUID without hyphens."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> uuid.UUID:
        """Read it."""
        return uuid.UUID(hex=value)

    def to_url(self, value: uuid.UUID) -> str:
        """Write it."""
        return value.hex
