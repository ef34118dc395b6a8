"""Times as the studio writes them: in the site's zone, which is active, one way everywhere."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from broadsheet.lib import site_timezone

register = template.Library()


@register.simple_tag
def moment(at: dt.datetime) -> SafeString:
    """Return the element for a day and a time: 24 December 2026, 09:00."""
    return _element(at, formatted(timezone.localtime(at), "j F Y, H:i"))


@register.simple_tag
def day(at: dt.datetime) -> SafeString:
    """Return the element for the day of a time: 24 Dec 2026."""
    return _element(at, formatted(timezone.localtime(at), "j M Y"))


@register.simple_tag
def appointment(at: dt.datetime) -> SafeString:
    """Return the element for a time to come, and whose clock it goes by.

    The script adds what that is on the clock of who reads it.
    """
    element = '<time datetime="{}" data-zone="{}">{}</time>'
    here = timezone.localtime(at)
    return format_html(element, here.isoformat(timespec="seconds"), here.tzinfo, told(at))


def told(at: dt.datetime) -> str:
    """Return a time to come with the city of its zone: 24 December, 09:00 Berlin."""
    here = timezone.localtime(at)
    is_near = here.year == timezone.localtime().year
    day = formatted(here, "j F" if is_near else "j F Y")
    parts = {"day": day, "time": formatted(here, "H:i"), "city": site_timezone.city_name(here)}
    return _("%(day)s, %(time)s %(city)s") % parts


def _element(at: dt.datetime, text: str) -> SafeString:
    # Microseconds are no part of a valid `datetime`.
    iso = timezone.localtime(at).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, text)
