"""What a search can be narrowed to."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.posts.actions import author_key, tag_key
from broadsheet.posts.models import Authorship, PostTag, Tag
from broadsheet.search import Within

_EARLIEST, _LATEST = dt.date(1000, 1, 1), dt.date(3000, 1, 1)


class Narrowing(forms.Form):
    """Author, tag and days, each of them optional. `within` says the same to the search."""

    author = forms.CharField(label=_("Author"), max_length=150, required=False)
    tag = forms.CharField(label=_("Tag"), max_length=100, required=False)
    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("To"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = "off"
            if name in _NAMES:
                field.widget.input_type = "date"

    def add_prefix(self, field_name: str) -> str:
        """Return the name that stands in addresses."""
        return _NAMES.get(field_name, field_name)

    def clean_author(self) -> str:
        """Return the key of what that person wrote. Raises ValidationError."""
        name = self.cleaned_data["author"].strip().removeprefix("@")
        if not name:
            return ""
        users = User.objects.alias(key=Lower("username")).filter(key=name.lower())
        user = users.values_list("pk", flat=True).first()
        if user is None or not _is_listed(Authorship.objects.filter(user=user)):
            message = gettext("No author named “%s” has published here.")
            raise forms.ValidationError(message % name)
        return author_key(user)

    def clean_tag(self) -> str:
        """Return the key of what has that tag. Raises ValidationError."""
        name = self.cleaned_data["tag"].strip().removeprefix("#")
        if not name:
            return ""
        tags = Tag.objects.filter(slug=name) or Tag.objects.filter(name__iexact=name)
        tag = tags.values_list("pk", flat=True).first()
        if tag is None or not _is_listed(PostTag.objects.filter(tag=tag)):
            raise forms.ValidationError(gettext("No post has the tag “%s”.") % name)
        return tag_key(tag)

    @property
    def within(self) -> Within:
        """What the search is to keep to; the form is valid."""
        asked = self.cleaned_data
        since, until = asked["since"], asked["until"]
        return Within(
            keys=tuple(filter(None, (asked["author"], asked["tag"]))),
            since=_start(since) if since else None,
            until=_start(until) + dt.timedelta(days=1) if until else None,
        )

    @property
    def given(self) -> dict[str, str]:
        """What was asked for, as addresses have it."""
        names = map(self.add_prefix, self.fields)
        return {name: self.data[name] for name in names if self.data.get(name)}


_NAMES = {"since": "from", "until": "to"}


def _is_listed(filed: Any) -> bool:
    return bool(filed.filter(listed_at__isnull=False).exists())


def _start(day: dt.date) -> dt.datetime:
    """Return when a day begins here; days beyond all posts are brought near."""
    near = min(max(day, _EARLIEST), _LATEST)
    return dt.datetime.combine(near, dt.time(), timezone.get_current_timezone())
