"""Times in the studio, in the active time zone, which is the site's."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from broadsheet.lib import site_timezone

register = template.Library()


@register.simple_tag
def moment(at: dt.datetime) -> SafeString:
    """Return the element for a date and time: 24 December 2026, 09:00."""
    return _element(at, format_date(timezone.localtime(at), "j F Y, H:i"))


@register.simple_tag
def day(at: dt.datetime) -> SafeString:
    """Return the element for a date: 24 Dec 2026."""
    return _element(at, format_date(timezone.localtime(at), "j M Y"))


@register.simple_tag
def scheduled_time(at: dt.datetime) -> SafeString:
    """Return the element for a time in the future, with its time zone.

    The script adds the user's local time.
    """
    element = '<time datetime="{}" data-zone="{}">{}</time>'
    local = timezone.localtime(at)
    return format_html(
        element, local.isoformat(timespec="seconds"), local.tzinfo, format_scheduled(at)
    )


def format_scheduled(at: dt.datetime) -> str:
    """Return a time in the future with the city of its zone: 24 December, 09:00 Berlin."""
    local = timezone.localtime(at)
    is_this_year = local.year == timezone.localtime().year
    day = format_date(local, "j F" if is_this_year else "j F Y")
    parts = {"day": day, "time": format_date(local, "H:i"), "city": site_timezone.city_name(local)}
    return _("%(day)s, %(time)s %(city)s") % parts


def _element(at: dt.datetime, text: str) -> SafeString:
    # Microseconds are no part of a valid `datetime`.
    iso = timezone.localtime(at).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, text)
