"""The site's time zone, local times and time zone names."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache

from django.utils import timezone

#: Prefixes of obsolete names, whose zones have current names in other regions.
_OBSOLETE_REGIONS = {"Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"}


#: The site's zone while a page is rendered. Django's lookup of its active zone is ten times slower.
_active_zone: ContextVar[zoneinfo.ZoneInfo | None] = ContextVar("zone", default=None)


@contextmanager
def override(zone: zoneinfo.ZoneInfo | None) -> Iterator[None]:
    """Convert times to `zone` in this block; None: the server's zone."""
    if zone is None:
        yield
        return
    token = _active_zone.set(zone)
    try:
        with timezone.override(zone):
            yield
    finally:
        _active_zone.reset(token)


def to_local(at: dt.datetime) -> dt.datetime:
    """Convert an aware datetime to the active zone: on pages the site's, otherwise the server's."""
    return at.astimezone(_active_zone.get() or timezone.get_default_timezone())


@lru_cache(maxsize=64)
def get_timezone(name: str) -> zoneinfo.ZoneInfo | None:
    """Return the zone with the given IANA name; None if this machine does not have it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


@cache
def timezone_names() -> list[str]:
    """Return the names of city zones (region/city), and UTC."""
    available = zoneinfo.available_timezones()
    return ["UTC", *sorted(name for name in available if _is_city_zone(name))]


def _is_city_zone(name: str) -> bool:
    region, _, city = name.partition("/")
    return bool(city) and region not in _OBSOLETE_REGIONS


def city_name(at: dt.datetime) -> str:
    """Return the city of an aware datetime's zone, for example New York."""
    return str(at.tzinfo).rpartition("/")[2].replace("_", " ")
