"""Form of preview links."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


def _lifetimes() -> list[tuple[int, str]]:
    return [(days, ngettext("%d day", "%d days", days) % days) for days in (1, 7, 30, 90)]


class PreviewLinkForm(forms.Form):
    """A note about who gets the link, and how long it works."""

    name = forms.CharField(
        label=_("For"),
        required=False,
        max_length=100,
        help_text=_("Only a note for you and your editors, such as a name."),
    )
    days = forms.TypedChoiceField(label=_("Works for"), choices=_lifetimes, coerce=int, initial=7)

    def expires_at(self) -> dt.datetime:
        """Return when the link stops working."""
        return timezone.now() + dt.timedelta(days=self.cleaned_data["days"])
