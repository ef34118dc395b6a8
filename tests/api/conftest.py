"""API clients with a token."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User

type ApiClientFactory = Callable[..., Client]


@pytest.fixture
def api_client() -> ApiClientFactory:
    """Return a factory of clients with a new token of `user`."""

    def create(user: User, scope: str = "write", expires_at: dt.datetime | None = None) -> Client:
        _token, key = create_token(user, name="test", scope=scope, expires_at=expires_at)
        return Client(headers={"authorization": f"Bearer {key}", "accept": "application/json"})

    return create
