"""Form of a bulk change."""

import uuid
from contextlib import suppress
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.posts.actions.bulk import MAX_POSTS
from broadsheet.posts.models import BulkChange
from broadsheet.posts.policy import can_name_authors


def read_posts(data: QueryDict) -> list[uuid.UUID]:
    """Return the IDs of the selected posts, at most as many as a change can have."""
    posts = []
    for text in data.getlist("post")[:MAX_POSTS]:
        with suppress(ValueError):
            posts.append(uuid.UUID(text))
    return posts


class BulkChangeForm(forms.Form):
    """What is done with the selected posts."""

    verb = forms.ChoiceField(label=_("Change"), choices=BulkChange.Verb)
    value = forms.CharField(
        label=_("Tag, series or username"),
        max_length=200,
        required=False,
        help_text=_("Leave it empty to take posts out of their series, to unpublish or to delete."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can_name_authors(user):
            verbs = BulkChange.Verb.choices
            choices = [choice for choice in verbs if choice[0] != BulkChange.Verb.SET_AUTHOR]
            self.fields["verb"].choices = choices  # type: ignore[attr-defined] # a ChoiceField
