"""Form of a bulk change."""

import uuid
from contextlib import suppress
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from broadsheet.posts.actions.bulk import MAX_POSTS
from broadsheet.posts.models import BulkChange


def read_posts(data: QueryDict) -> list[uuid.UUID]:
    """Return the IDs of the selected posts, at most as many as a change can have."""
    posts = []
    for text in data.getlist("post")[:MAX_POSTS]:
        with suppress(ValueError):
            posts.append(uuid.UUID(text))
    return posts


_VALUE_LABELS: dict[str, Any] = {
    BulkChange.Verb.ADD_TAG: _("Tag"),
    BulkChange.Verb.REMOVE_TAG: _("Tag"),
    BulkChange.Verb.SET_SERIES: _("Series"),
    BulkChange.Verb.SET_AUTHOR: _("Username of the author"),
}


class BulkChangeForm(forms.Form):
    """What is done with the selected posts: the verb is chosen before, its value here."""

    verb = forms.ChoiceField(choices=BulkChange.Verb, widget=forms.HiddenInput)
    value = forms.CharField(max_length=200)

    def __init__(self, *args: Any, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"verb": verb}})
        if verb in _VALUE_LABELS:
            self.fields["value"].label = _VALUE_LABELS[BulkChange.Verb(verb)]
        else:
            del self.fields["value"]
        if verb == BulkChange.Verb.SET_SERIES:
            self.fields["value"].required = False
            self.fields["value"].help_text = _("Leave it empty to take the posts out of theirs.")
