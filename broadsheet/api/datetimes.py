"""Datetimes in requests. One without a UTC offset is in the site's time zone, as in the studio."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from broadsheet.publication.queries import SiteConfig

#: For the description of datetimes in the schema.
ZONE_HELP = "In the site's time zone if it has no UTC offset."


def localize(value: dt.datetime) -> dt.datetime:
    """Return `value` as an aware datetime; without an offset, it is in the site's time zone.

    Raises ValidationError for a local time that the zone skips or repeats.
    """
    if timezone.is_aware(value):
        return value
    with timezone.override(SiteConfig.current().zone):
        try:
            aware: dt.datetime = from_current_timezone(value)
        except ValidationError as error:
            message = _(
                "%(time)s does not exist or occurs twice in the time zone %(zone)s, because "
                "clocks change. Add a UTC offset, for example +01:00."
            )
            params = {"time": value.isoformat(), "zone": timezone.get_current_timezone_name()}
            raise ValidationError(message % params) from error
        return aware


class SiteDateTimeField(serializers.DateTimeField):
    """Datetime that is read in the site's time zone if it has no UTC offset."""

    def enforce_timezone(self, value: dt.datetime) -> Any:
        """Return an aware datetime. Raises ValidationError."""
        return super().enforce_timezone(localize(value))
