"""What the tests of the studio share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post

type At = Callable[[User], Client]
type Write = Callable[..., Post]


@pytest.fixture
def at() -> At:
    """Return a browser in which somebody is logged in."""

    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return logged_in


@pytest.fixture
def write(author: User) -> Write:
    """Write a post, the author's unless `by` says otherwise."""

    def written(title: str = "A post", *, by: User = author, **fields: Any) -> Post:
        return actions.create(by=by, title=title, **fields)

    return written


def typed(post: Post | None = None, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends when the writing form is saved."""
    data: dict[str, Any] = {"title": "A post", "allows_comments": "on", "shows_contents": "on"}
    if post is not None:
        data |= {
            "title": post.title,
            "content": post.content,
            "slug": post.slug,
            "version": post.version,
        }
    return data | changes
