"""Pages in the API."""

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from tests.api.conftest import ApiClientFactory

pytestmark = pytest.mark.django_db


def _titles(client: Client, url: str) -> list[str]:
    return [post["title"] for post in client.get(url).json()["results"]]


@pytest.fixture(autouse=True)
def _posts(author: User, another_author: User) -> None:
    actions.create(by=author, title="A post", status="published", tags=["Tea"])
    actions.create(by=author, title="About", kind="page", status="published", tags=["Tea"])
    actions.create(by=another_author, title="Contact", kind="page")


def test_lists_contain_pages_only_if_they_are_asked_for(client: Client) -> None:
    assert _titles(client, "/api/v1/posts") == ["A post"]
    assert _titles(client, "/api/v1/posts?kind=post") == ["A post"]
    assert _titles(client, "/api/v1/posts?kind=page") == ["About"]


@pytest.mark.parametrize("query", ["tag=tea", "author=ada", "author=ada&tag=tea", "q=about"])
def test_pages_can_be_filtered(client: Client, query: str) -> None:
    assert _titles(client, f"/api/v1/posts?kind=page&{query}") == ["About"]


def test_authors_see_public_pages_and_their_own(
    api_client: ApiClientFactory, author: User, another_author: User
) -> None:
    assert _titles(api_client(author), "/api/v1/posts?kind=page") == ["About"]
    assert _titles(api_client(another_author), "/api/v1/posts?kind=page") == ["Contact", "About"]


def test_a_replaced_page_stays_a_page(api_client: ApiClientFactory, author: User) -> None:
    client = api_client(author)
    page = client.post(
        "/api/v1/posts", {"title": "Legal", "kind": "page"}, content_type="application/json"
    ).json()
    assert page["kind"] == "page"
    url = f"/api/v1/posts/{page['id']}"
    page = client.put(
        url, {"title": "Imprint", "version": page["version"]}, content_type="application/json"
    ).json()
    assert (page["title"], page["kind"]) == ("Imprint", "page")


def test_an_unknown_kind_is_refused(client: Client) -> None:
    assert client.get("/api/v1/posts?kind=thing").status_code == 400
