"""Form to publish a post."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.posts.models import Post, check_pub_date


class PublishForm(forms.Form):
    """Form for when to publish a post, and who can read it.

    Without `when`, the time decides: an empty one means now.
    """

    class When(TextChoices):
        """When a post is published."""

        NOW = "now", _("Now")
        AT = "at", _("At a time")

    class Readers(TextChoices):
        """Who can read a post."""

        EVERYONE = "everyone", _("Everyone")
        LINK = "link", _("People with the link")

    when = forms.ChoiceField(label=_("When"), required=False, choices=When.choices)
    at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        validators=[check_pub_date],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    readers = forms.ChoiceField(label=_("Who can read it"), required=False, choices=Readers.choices)

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        is_scheduled = post.status == Post.Status.SCHEDULED
        is_by_link = post.status == Post.Status.UNLISTED
        kwargs["initial"] = {
            "at": post.pub_date if is_scheduled else None,
            "when": self.When.AT if is_scheduled else self.When.NOW,
            "readers": self.Readers.LINK if is_by_link else self.Readers.EVERYONE,
        }
        super().__init__(*args, **kwargs)
        self.has_own_date = post.pub_date is not None and not is_scheduled
        zone = str(timezone.get_current_timezone())
        self.fields["at"].widget.attrs["data-zone"] = zone
        help_text = gettext(
            "A time in the future schedules the post; a time in the past becomes its "
            "publication date. Times are in %s."
        )
        self.fields["at"].help_text = help_text % zone.replace("_", " ")

    def clean_at(self) -> dt.datetime | None:
        """Return the time, unless the post is published now."""
        at: dt.datetime | None = self.cleaned_data["at"]
        if self.cleaned_data.get("when") == self.When.NOW:
            if at is not None and "at" in self.changed_data:
                raise ValidationError(gettext("Choose “At a time”, or leave the time empty."))
            return None
        if self.cleaned_data.get("when") == self.When.AT and at is None:
            raise ValidationError(gettext("Choose a date and a time."))
        return at

    def clean(self) -> dict[str, Any]:
        """Check that the choices go together."""
        data = self.cleaned_data
        at = data.get("at")
        if data.get("readers") == self.Readers.LINK and at is not None:
            self.add_error(
                "at", gettext("Choose now: a post for people with the link has no time.")
            )
        return data
