"""Preview links in the API."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory


@pytest.fixture
def draft(author: User) -> Post:
    return actions.create(by=author, title="Hello", content="Some *text*.")


def test_a_link_is_created_listed_and_revoked(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client, url = api_client(author), f"/api/v1/posts/{draft.pk}/preview-links"
    created = client.post(url, {"name": "Rita"}, "application/json")
    assert created.status_code == 201
    assert created["Cache-Control"] == "no-store"
    path = urlsplit(created.json()["url"]).path
    assert "Some <em>text</em>." in Client().get(path).text

    listed = client.get(url).json()["results"]
    assert [(link["name"], link["created_by"]) for link in listed] == [("Rita", "ada")]
    assert path not in str(listed)
    assert client.delete(f"{url}/{listed[0]['id']}").status_code == 204
    assert client.get(url).json()["results"][0]["revoked_at"]
    assert Client().get(path).status_code == 404


def test_a_link_that_works_for_too_long_is_refused(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    url = f"/api/v1/posts/{draft.pk}/preview-links"
    for at in ("2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"):
        response = api_client(author).post(url, {"expires_at": at}, "application/json")
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/expires_at"


def test_a_token_that_may_only_read_creates_no_link(author: User, draft: Post) -> None:
    _token, key = create_token(author, name="t", scope="read", expires_at=None)
    client = Client(headers={"authorization": f"Bearer {key}"})
    assert client.post(f"/api/v1/posts/{draft.pk}/preview-links").status_code == 403
