"""Every URL of the API works with and without a trailing slash, and the schema lists one."""

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory


@pytest.fixture
def post(author: User) -> Post:
    return actions.create(by=author, title="Tea", status="published", tags=["Jam"], series="Pots")


PATHS = (
    "", "/posts", "/posts/{id}", "/posts/{id}/revisions", "/posts/{id}/revisions/1", "/tags",
    "/tags/jam", "/series", "/series/pots", "/users", "/users/ada", "/images", "/me",
    "/problems/invalid", "/openapi.json", "/docs",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_both_urls_return_the_same_response(
    path: str, post: Post, author: User, api_client: ApiClientFactory
) -> None:
    url = f"/api/v1{path.format(id=post.pk)}"
    client = api_client(author)
    without, with_slash = client.get(url), client.get(f"{url}/")
    assert (without.status_code, with_slash.status_code) == (200, 200)
    if path != "/docs":  # which has a new nonce each time
        assert with_slash.content == without.content
    assert client.get(f"{url}//").status_code == 404


def test_both_urls_accept_changes(author: User, api_client: ApiClientFactory) -> None:
    client = api_client(author)
    response = client.post("/api/v1/posts/", {"title": "Tea"}, "application/json")
    assert response.status_code == 201
    url = f"/api/v1/posts/{response.json()['id']}"
    assert response["Location"].endswith(url)
    changed = client.patch(f"{url}/", {"title": "Jam", "version": 1}, "application/json")
    assert changed.json()["title"] == "Jam"
    assert client.generic("POST", f"{url}/publish/").json()["status"] == "published"
    assert client.delete(f"{url}/").status_code == 204


def test_the_next_page_works_with_a_trailing_slash(author: User, client: Client) -> None:
    for title in ("One", "Two"):
        actions.create(by=author, title=title, status="published")
    first = client.get("/api/v1/posts/", {"limit": 1}).json()
    second = client.get(first["next"])
    assert second.status_code == 200
    assert second.json()["results"][0]["title"] == "One"


def test_the_schema_lists_each_path_once(client: Client, db: None) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert [path for path in paths if path.endswith("/")] == []
    assert {"/api/v1", "/api/v1/posts", "/api/v1/posts/{id}"} <= set(paths)
