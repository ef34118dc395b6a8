"""API tokens."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts import actions
from broadsheet.accounts.models import Token, User, hash_token


def test_a_token_is_shown_once_and_stored_as_a_hash(client: Client, author: User) -> None:
    client.force_login(author)
    response = client.post("/profile/tokens", {"name": "backup", "scope": "read", "days": "30"})
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    (key,) = re.findall(r"<code>(bst_[\w-]{43})</code>", response.content.decode())
    token = Token.objects.get()
    assert token.digest == hash_token(key)
    assert key not in str(vars(token))
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - dt.timedelta(days=30)) < dt.timedelta(minutes=1)
    page = client.get("/profile/tokens").content.decode()
    assert "backup" in page
    assert key not in page
    assert actions.authenticate_token(key) == token


@pytest.mark.parametrize(("days", "expires"), [("0", False), ("90", True), ("365", True)])
def test_tokens_expire_only_if_a_number_of_days_is_set(
    days: str, expires: bool, client: Client, author: User
) -> None:
    client.force_login(author)
    client.post("/profile/tokens", {"name": "t", "scope": "write", "days": days})
    assert (Token.objects.get().expires_at is not None) == expires


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"scope": "owner"}, {"days": "31"}, {"name": "x" * 101}, {"days": ""}]
)
def test_invalid_choices_are_rejected(
    changes: dict[str, str], client: Client, author: User
) -> None:
    client.force_login(author)
    fields = {"name": "t", "scope": "read", "days": "30"} | changes
    assert client.post("/profile/tokens", fields).status_code == 200
    assert not Token.objects.exists()


def test_a_revoked_token_is_rejected_at_once(client: Client, author: User) -> None:
    client.force_login(author)
    token, key = actions.create_token(author, name="t", scope="read", expires_at=None)
    assert client.get(f"/profile/tokens/{token.pk}/revoke").status_code == 405
    client.post(f"/profile/tokens/{token.pk}/revoke")
    assert actions.authenticate_token(key) is None


def test_tokens_of_other_users_cannot_be_seen_or_revoked(
    client: Client, author: User, another_author: User
) -> None:
    token, _key = actions.create_token(author, name="key-of-ada", scope="read", expires_at=None)
    url = f"/profile/tokens/{token.pk}/revoke"
    assert client.get("/profile/tokens")["Location"] == "/login?next=/profile/tokens"
    assert client.post(url).status_code == 302
    client.force_login(another_author)
    assert "key-of-ada" not in client.get("/profile/tokens").content.decode()
    assert client.post(url).status_code == 404
    assert Token.objects.exists()


def test_expired_tokens_and_tokens_of_closed_accounts_are_rejected(
    author: User, owner: User
) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    _token, expired = actions.create_token(author, name="t", scope="read", expires_at=past)
    _token, orphan = actions.create_token(author, name="u", scope="read", expires_at=None)
    assert actions.authenticate_token(expired) is None
    actions.deactivate(author, by=owner)
    assert actions.authenticate_token(orphan) is None
