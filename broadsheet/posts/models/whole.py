"""A whole post with its people, tags and series, by queries that are written once."""

import uuid
from collections.abc import Sequence
from typing import Any

from broadsheet.accounts.models import User
from broadsheet.lib.compiled_query import Models
from broadsheet.posts.models.filing import Tag
from broadsheet.posts.models.post import Post

_ANY = uuid.UUID(int=1)
_AROUND = ("cover", "series")


def whole(pk: uuid.UUID) -> Post | None:
    """Return a post, the deleted too; None where there is none."""
    return next(map(_with_filed, _posts(pk)), None)


def locked(pk: uuid.UUID) -> Post:
    """Return a post that nobody else changes until the transaction ends. Raises DoesNotExist."""
    for post in _locked(pk):
        return _with_filed(post)
    raise Post.DoesNotExist


def know(post: Post, authors: Sequence[User], tags: Sequence[Tag]) -> None:
    """Let `post` know its authors and tags, as if they had been read with it."""
    known: dict[str, Any] = {"authors": post.authors.all(), "tags": post.tags.all()}
    for name, rows in (("authors", authors), ("tags", tags)):
        known[name]._result_cache = list(rows)  # noqa: SLF001 - as below
    vars(post)["_prefetched_objects_cache"] = known  # what Django does when it has read them


def _with_filed(post: Post) -> Post:
    know(post, _authors(post.pk), _tags(post.pk))
    return post


_posts: Models[Post] = Models(
    lambda pk: Post.objects.select_related(*_AROUND).filter(pk=pk).order_by(), _ANY
)
_locked: Models[Post] = Models(
    lambda pk: (
        Post.objects.select_related(*_AROUND)
        .select_for_update(of=["self"])
        .filter(pk=pk)
        .order_by()
    ),
    _ANY,
)
_authors: Models[User] = Models(
    lambda pk: User.objects.filter(authorship__post=pk).order_by(
        "authorship__position", "authorship__id"
    ),
    _ANY,
)
_tags: Models[Tag] = Models(
    lambda pk: Tag.objects.filter(posttag__post=pk).order_by("posttag__position", "posttag__id"),
    _ANY,
)
