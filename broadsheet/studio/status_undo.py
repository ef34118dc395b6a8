"""Undoing a change of a post's status: what the post was before, in a signed token."""

from typing import NamedTuple, Self

from django.core import signing
from django.utils.dateparse import parse_datetime

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post

#: Name of the token in URLs and forms.
CHANGE = "change"

_SALT = "studio.status-change"


class StatusState(NamedTuple):
    """Status and date of a post, as text."""

    status: str
    pub_date: str

    @classmethod
    def of(cls, post: Post) -> Self:
        """Return the state of `post`."""
        return cls(post.status, post.pub_date.isoformat() if post.pub_date else "")


def make_token(post: Post, before: StatusState) -> str:
    """Return a token of the change from `before` to the state of `post`."""
    return signing.dumps([str(post.pk), before, StatusState.of(post)], salt=_SALT)


def read_token(post: Post, token: str) -> StatusState | None:
    """Return the state before the change; None if `post` has another state now."""
    try:
        pk, before, after = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    is_current = pk == str(post.pk) and StatusState(*after) == StatusState.of(post)
    return StatusState(*before) if is_current else None


def undo(post: Post, before: StatusState, *, by: User) -> Post:
    """Give `post` the state that it had before. Raises ValidationError if that is impossible."""
    date = parse_datetime(before.pub_date) if before.pub_date else None
    return actions.reinstate(post, by=by, status=before.status, pub_date=date)
