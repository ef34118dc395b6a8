"""Programs that use the API."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User

type Program = Callable[..., Client]


@pytest.fixture
def program() -> Program:
    """Return a client that comes with a new token of `user`."""

    def make(user: User, scope: str = "write", expires_at: dt.datetime | None = None) -> Client:
        _token, key = create_token(user, name="test", scope=scope, expires_at=expires_at)
        return Client(headers={"authorization": f"Bearer {key}", "accept": "application/json"})

    return make
