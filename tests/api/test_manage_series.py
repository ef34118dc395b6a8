"""Changing series by the API."""

import uuid

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Series
from tests.api.conftest import ApiClientFactory

pytestmark = pytest.mark.django_db
JSON = "application/json"


def test_an_editor_sorts_renames_and_deletes_a_series(
    author: User, editor: User, api_client: ApiClientFactory
) -> None:
    posts = [actions.create(by=author, title=title, series="Tee") for title in "ABC"]
    client = api_client(editor)
    order = [str(post.pk) for post in reversed(posts)]
    assert client.post("/api/v1/series/tee/sort", {"posts": order}, JSON).status_code == 200
    assert [post.title for post in Post.objects.in_series_order()] == ["C", "B", "A"]
    assert client.get(f"/api/v1/posts/{order[1]}").json()["series_position"] == 2
    response = client.patch("/api/v1/series/tee", {"name": "Tea", "slug": "tea"}, JSON)
    assert response.json()["url"].endswith("/series/tea")
    assert client.delete("/api/v1/series/tea").status_code == 400
    Series.objects.create(name="Empty", slug="empty")
    assert client.delete("/api/v1/series/empty").status_code == 204


def test_an_invalid_order_is_refused(
    author: User, editor: User, api_client: ApiClientFactory
) -> None:
    actions.create(by=author, title="A", series="Tea")
    for sent in ({}, {"posts": "x"}, {"posts": ["x"]}, {"posts": [str(uuid.uuid4())]}):
        response = api_client(editor).post("/api/v1/series/tea/sort", sent, JSON)
        assert response.status_code == 400


def test_authors_do_not_change_series(author: User, api_client: ApiClientFactory) -> None:
    actions.create(by=author, title="A", series="Tea")
    client = api_client(author)
    assert client.patch("/api/v1/series/tea", {"name": "X"}, JSON).status_code == 403
    assert client.delete("/api/v1/series/tea").status_code == 403
    assert client.post("/api/v1/series/tea/sort", {"posts": []}, JSON).status_code == 403


@pytest.mark.parametrize("position", [-1, 1_001, "3", None])
def test_an_invalid_position_is_refused(
    author: User, api_client: ApiClientFactory, position: object
) -> None:
    post = actions.create(by=author, title="A", series="Tea")
    sent = {"version": 1, "series_position": position}
    response = api_client(author).patch(f"/api/v1/posts/{post.pk}", sent, JSON)
    assert response.status_code == 400
