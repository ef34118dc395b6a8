"""The site's time zone."""

import datetime as dt
import zoneinfo
from functools import cache, lru_cache

from django.utils import timezone

#: What other regions have under the names in use now.
_OLD = {"Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"}


def local(at: dt.datetime) -> dt.datetime:
    """Return an aware time in the zone that is active: on pages the site's, else the server's."""
    return at.astimezone(timezone.get_current_timezone())


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
