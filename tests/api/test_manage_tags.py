"""Changing tags by the API."""

from typing import Any

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Tag
from tests.api.conftest import ApiClientFactory

pytestmark = pytest.mark.django_db
JSON = "application/json"


def pointers(response: Any) -> list[str]:
    return [error["pointer"] for error in response.json()["errors"]]


def test_an_editor_renames_merges_and_deletes_tags(
    author: User, editor: User, api_client: ApiClientFactory
) -> None:
    post = actions.create(by=author, title="One", tags=["JS", "Java"])
    client = api_client(editor)
    response = client.patch("/api/v1/tags/js", {"name": "JavaScript", "slug": "javascript"}, JSON)
    assert response.status_code == 200
    assert response.json()["url"].endswith("/tag/javascript")
    response = client.post("/api/v1/tags/java/merge", {"into": "javascript"}, JSON)
    assert (response.status_code, response.json()["slug"]) == (200, "javascript")
    assert client.delete("/api/v1/tags/javascript").status_code == 400
    actions.edit(post, by=author, version=1, tags=[])
    assert client.delete("/api/v1/tags/javascript").status_code == 204
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    "sent", [{"name": "Java"}, {"slug": "java"}, {"name": ""}, {"count": 1}, {"name": None}]
)
def test_an_invalid_change_is_refused(
    author: User, editor: User, api_client: ApiClientFactory, sent: dict[str, object]
) -> None:
    actions.create(by=author, title="One", tags=["JS", "Java"])
    response = api_client(editor).patch("/api/v1/tags/js", sent, JSON)
    assert (response.status_code, pointers(response)) == (400, [f"#/{name}" for name in sent])


def test_a_tag_is_merged_into_an_existing_one(
    author: User, editor: User, api_client: ApiClientFactory
) -> None:
    actions.create(by=author, title="One", tags=["JS"])
    for slug in ("js", "java"):
        response = api_client(editor).post("/api/v1/tags/js/merge", {"into": slug}, JSON)
        assert (response.status_code, pointers(response)) == (400, ["#/into"])


def test_editors_see_tags_that_no_published_post_has(
    author: User, editor: User, api_client: ApiClientFactory
) -> None:
    actions.create(by=author, title="Draft", tags=["Secret"])
    assert [tag["slug"] for tag in api_client(editor).get("/api/v1/tags").json()["results"]] == [
        "secret"
    ]
    for client in (Client(), api_client(author)):
        assert client.get("/api/v1/tags").json()["results"] == []
        assert client.get("/api/v1/tags/secret").status_code == 404


def test_authors_do_not_change_tags(author: User, api_client: ApiClientFactory) -> None:
    actions.create(by=author, title="One", tags=["JS"])
    client = api_client(author)
    assert client.patch("/api/v1/tags/js", {"name": "X"}, JSON).status_code == 403
    assert client.delete("/api/v1/tags/js").status_code == 403
    assert client.post("/api/v1/tags/js/merge", {"into": "js"}, JSON).status_code == 403
