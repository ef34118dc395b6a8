"""Fixtures and helpers of the studio's tests."""

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
    """Return a function that creates a client logged in as a user."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def write(author: User) -> Write:
    """Return a function that creates a post, by the author unless `by` is given."""

    def create(title: str = "A post", *, by: User = author, **fields: Any) -> Post:
        return actions.create(by=by, title=title, **fields)

    return create


def form_data(post: Post | None = None, **changes: Any) -> dict[str, Any]:
    """Return the data that a browser sends when the editing form is saved."""
    data: dict[str, Any] = {"title": "A post", "allows_comments": "on", "shows_contents": "on"}
    if post is not None:
        data |= {
            "title": post.title,
            "content": post.content,
            "slug": post.slug,
            "version": post.version,
        }
    return data | changes
