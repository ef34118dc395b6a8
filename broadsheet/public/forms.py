"""The search form's filters."""

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
from broadsheet.search import SearchFilters

_EARLIEST, _LATEST = dt.date(1000, 1, 1), dt.date(3000, 1, 1)


class SearchFilterForm(forms.Form):
    """Filters by author, tag and date, all optional; `search_filters` has the cleaned values."""

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
        """Return the name of the query parameter."""
        return _NAMES.get(field_name, field_name)

    def clean_author(self) -> str:
        """Return the search key of the author. Raises ValidationError."""
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
        """Return the search key of the tag. Raises ValidationError."""
        name = self.cleaned_data["tag"].strip().removeprefix("#")
        if not name:
            return ""
        tags = Tag.objects.filter(slug=name) or Tag.objects.filter(name__iexact=name)
        tag = tags.values_list("pk", flat=True).first()
        if tag is None or not _is_listed(PostTag.objects.filter(tag=tag)):
            raise forms.ValidationError(gettext("No post has the tag “%s”.") % name)
        return tag_key(tag)

    @property
    def search_filters(self) -> SearchFilters:
        """The filters for `search.find`; the form must be valid."""
        data = self.cleaned_data
        since, until = data["since"], data["until"]
        return SearchFilters(
            keys=tuple(filter(None, (data["author"], data["tag"]))),
            since=_start(since) if since else None,
            until=_start(until) + dt.timedelta(days=1) if until else None,
        )

    @property
    def params(self) -> dict[str, str]:
        """The query parameters that are set."""
        names = map(self.add_prefix, self.fields)
        return {name: self.data[name] for name in names if self.data.get(name)}


_NAMES = {"since": "from", "until": "to"}


def _is_listed(rows: Any) -> bool:
    return bool(rows.filter(listed_at__isnull=False).exists())


def _start(day: dt.date) -> dt.datetime:
    """Return the start of a day in the site's time zone; extreme days are limited."""
    near = min(max(day, _EARLIEST), _LATEST)
    return dt.datetime.combine(near, dt.time(), timezone.get_current_timezone())
