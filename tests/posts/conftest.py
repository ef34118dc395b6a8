"""Fixtures: a draft, and the signals that are sent."""

from collections.abc import Iterator

import pytest
from django.dispatch import Signal

from broadsheet.accounts.models import User
from broadsheet.posts import actions, signals
from broadsheet.posts.models import Post


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Collect the names of the signals that are sent, except the less specific `posts_relisted`."""
    names: list[str] = []
    by_name = {name: s for name, s in vars(signals).items() if isinstance(s, Signal)}
    del by_name["posts_relisted"]
    receivers = {n: (lambda n=n, **_kwargs: names.append(n)) for n in by_name}
    for name, signal in by_name.items():
        signal.connect(receivers[name])
    yield names
    for name, signal in by_name.items():
        signal.disconnect(receivers[name])


@pytest.fixture
def draft(author: User) -> Post:
    """A draft that can be published."""
    return actions.create(by=author, title="Marmalade", content="Oranges", tags=["Jam"])
