"""The site's time zone."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache

from django.utils import timezone

#: What other regions have under the names in use now.
_OLD = {"Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"}


#: The site's zone while a page is made. Django's own active zone takes ten times as long to ask.
_of_page: ContextVar[zoneinfo.ZoneInfo | None] = ContextVar("zone", default=None)


@contextmanager
def active(zone: zoneinfo.ZoneInfo | None) -> Iterator[None]:
    """Show times in `zone`; None: in the server's."""
    if zone is None:
        yield
        return
    token = _of_page.set(zone)
    try:
        with timezone.override(zone):
            yield
    finally:
        _of_page.reset(token)


def local(at: dt.datetime) -> dt.datetime:
    """Return an aware time in the zone that is active: on pages the site's, else the server's."""
    return at.astimezone(_of_page.get() or timezone.get_default_timezone())


@lru_cache(maxsize=64)
def named(name: str) -> zoneinfo.ZoneInfo | None:
    """Return the zone of that name (IANA); None where this machine does not know it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


@cache
def names() -> list[str]:
    """Return the names of zones that people live in, by region and city, and UTC."""
    known = zoneinfo.available_timezones()
    return ["UTC", *sorted(name for name in known if _is_of_a_place(name))]


def _is_of_a_place(name: str) -> bool:
    region, _, city = name.partition("/")
    return bool(city) and region not in _OLD


def city(at: dt.datetime) -> str:
    """Return what people call the zone of an aware time: its city, such as New York."""
    return str(at.tzinfo).rpartition("/")[2].replace("_", " ")
