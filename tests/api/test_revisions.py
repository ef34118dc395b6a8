"""Revisions in the API: filters, names, restoring."""

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Revision
from tests.api.conftest import ApiClientFactory


@pytest.fixture
def url(author: User, post: Post) -> str:
    return f"/api/v1/posts/{post.pk}/revisions"


@pytest.fixture
def post(author: User) -> Post:
    post = actions.create(by=author, title="Hello", content="First.")
    return actions.edit(post, by=author, version=1, content="Second.")


def test_a_revision_is_named_and_the_list_is_filtered(
    author: User, post: Post, url: str, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    named = client.patch(f"{url}/1", {"name": "As read"}, "application/json")
    assert (named.status_code, named.json()["name"]) == (200, "As read")
    actions.publish(post, by=author)
    for show, numbers in {"named": [1], "published": [2]}.items():
        listed = client.get(url, {"show": show}).json()["results"]
        assert [revision["number"] for revision in listed] == numbers
    assert client.get(url).json()["results"][0]["kind"] == "published"
    assert client.get(url, {"show": "all"}).status_code == 400


def test_a_revision_is_restored_as_the_newest_version(
    author: User, post: Post, url: str, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    restored = client.post(f"{url}/1/restore", {"version": 2}, "application/json")
    assert (restored.status_code, restored.json()["number"]) == (200, 3)
    post.refresh_from_db()
    assert (post.content, post.version) == ("First.", 3)
    again = client.post(f"{url}/1/restore", {"version": 2}, "application/json")
    assert (again.status_code, again.json()["current_version"]) == (409, 3)


def test_a_revision_that_was_saved_again_gets_no_name(
    author: User, url: str, api_client: ApiClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_revision: Revision, _name: str) -> Revision:
        raise Revision.DoesNotExist

    monkeypatch.setattr(actions, "name_revision", fail)
    response = api_client(author).patch(f"{url}/1", {"name": "Late"}, "application/json")
    assert response.status_code == 409


def test_names_are_checked(author: User, url: str, api_client: ApiClientFactory) -> None:
    client = api_client(author)
    for data in ({"name": "x" * 101}, {"name": "a\0b"}, {"name": None}, {}, {"title": "x"}):
        assert client.patch(f"{url}/1", data, "application/json").status_code == 400
