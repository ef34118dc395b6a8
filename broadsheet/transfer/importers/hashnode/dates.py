"""Date formats of Hashnode: JavaScript's, ISO 8601, and milliseconds since 1970."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime

from broadsheet.posts.models import EARLIEST, LATEST

_JAVASCRIPT = re.compile(
    r"(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) (\d{1,2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r"(?: (?:GMT|UTC)([+-])(\d\d):?(\d\d))?.*",
    re.DOTALL,
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def parse(value: object) -> dt.datetime | None:
    """Parse a date to UTC; None if it is invalid or out of the range that a post can have."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        if not isinstance(value, str) or re.fullmatch(r"\d{11,14}", value.strip()):
            at = dt.datetime.fromtimestamp(float(value) / 1_000, dt.UTC)
        else:
            text = value.strip()
            match = _JAVASCRIPT.fullmatch(text)
            at = _javascript(match) if match else _standard(text)
        at = (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None
    return at if EARLIEST <= at <= LATEST else None


def _javascript(match: re.Match[str]) -> dt.datetime:
    month, day, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = dt.timezone(-offset if sign == "-" else offset)
    numbers = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
    return dt.datetime(*numbers, tzinfo=zone)


def _standard(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
