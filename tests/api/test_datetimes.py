"""Datetimes without a UTC offset are in the site's time zone."""

import datetime as dt

import pytest
from django.test import Client

from broadsheet.accounts.models import Token, User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.publication.actions import edit_site
from tests.api.conftest import ApiClientFactory

pytestmark = pytest.mark.django_db
POSTS = "/api/v1/posts"


@pytest.fixture(autouse=True)
def _site_in_new_york() -> None:
    edit_site(time_zone="America/New_York")


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("2020-01-15T09:00:00", "2020-01-15T14:00:00Z"),
        ("2020-07-15T09:00", "2020-07-15T13:00:00Z"),
        ("2020-01-15T09:00:00Z", "2020-01-15T09:00:00Z"),
        ("2020-01-15T09:00:00+01:00", "2020-01-15T08:00:00Z"),
    ],
)
def test_a_publication_date_without_an_offset_is_local(
    sent: str, utc: str, author: User, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    expected = dt.datetime.fromisoformat(utc)
    body = {"title": "X", "status": "published", "pub_date": sent}
    response = client.post(POSTS, body, "application/json")
    assert response.status_code == 201
    assert dt.datetime.fromisoformat(response.json()["pub_date"]) == expected
    assert Post.objects.get().pub_date == expected
    draft = actions.create(by=author, title="Y")
    client.post(f"{POSTS}/{draft.pk}/publish", {"at": sent}, "application/json")
    draft.refresh_from_db()
    assert draft.pub_date == expected


def test_filters_and_token_expiry_without_an_offset_are_local(
    author: User, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    actions.create(
        by=author,
        title="X",
        status="published",
        pub_date=dt.datetime(2020, 1, 15, 14, tzinfo=dt.UTC),
    )

    def count(query: str) -> int:
        return len(client.get(f"{POSTS}?{query}").json()["results"])

    assert count("published_after=2020-01-15T09:00:00") == 1
    assert count("published_after=2020-01-15T09:00:01") == 0
    assert count("published_before=2020-01-15T09:00:01") == 1
    assert count("published_before=2020-01-15T09:00:00") == 0
    assert count("published_after=2020-01-15T14:00:00Z") == 1
    assert count("published_after=2020-01-15") == 1
    assert count("published_after=2020-01-16") == 0
    client = Client()
    client.force_login(author)
    body = {"name": "backup", "scope": "read", "expires_at": "2999-07-01T12:00:00"}
    assert client.post("/api/v1/tokens", body, "application/json").status_code == 201
    token = Token.objects.get(name="backup")
    assert token.expires_at == dt.datetime(2999, 7, 1, 16, tzinfo=dt.UTC)


@pytest.mark.parametrize("time", ["2020-03-08T02:30:00", "2020-11-01T01:30:00"])
def test_a_nonexistent_or_ambiguous_local_time_is_rejected(
    time: str, author: User, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    draft = actions.create(by=author, title="Y")
    body = {"title": "X", "status": "published", "pub_date": time}
    responses = {
        "#/pub_date": client.post(POSTS, body, "application/json"),
        "#/at": client.post(f"{POSTS}/{draft.pk}/publish", {"at": time}, "application/json"),
        "published_after": client.get(f"{POSTS}?published_after={time}"),
    }
    for field, response in responses.items():
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert field in error.values()
        assert f"{time} does not exist or occurs twice in the time zone America" in error["detail"]
    accepted = client.post(POSTS, {**body, "pub_date": f"{time}-04:00"}, "application/json")
    assert accepted.status_code == 201
