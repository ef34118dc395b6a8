"""The site's time zone."""

import datetime as dt

from django.utils import timezone


def local(at: dt.datetime) -> dt.datetime:
    """Return an aware time in the site's time zone, which is the same for all who read."""
    return at.astimezone(timezone.get_default_timezone())
