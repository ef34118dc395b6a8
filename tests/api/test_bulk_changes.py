"""Bulk changes by the API."""

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.tasks import carry_out_bulk_change
from tests.api.conftest import ApiClientFactory

pytestmark = pytest.mark.django_db
JSON, URL = "application/json", "/api/v1/bulk-changes"


def test_an_author_changes_posts_and_undoes_it(
    author: User, owner: User, api_client: ApiClientFactory
) -> None:
    post = actions.create(by=author, title="One")
    client = api_client(author)
    sent = {"verb": "add_tag", "value": "Tea", "posts": [str(post.pk)]}
    response = client.post(URL, sent, JSON)
    assert (response.status_code, response.json()["state"]) == (202, "running")
    url = response.headers["Location"]
    carry_out_bulk_change.func(response.json()["id"])
    done = client.get(url).json()
    assert (done["state"], done["changed"], done["left_out"]) == ("done", 1, [])
    assert client.get(f"/api/v1/posts/{post.pk}").json()["tags"] == ["Tea"]
    assert client.post(f"{url}/undo", {}, JSON).status_code == 202
    carry_out_bulk_change.func(done["id"])
    assert client.get(url).json()["state"] == "undone"
    assert client.post(f"{url}/undo", {}, JSON).status_code == 400
    assert api_client(owner).get(url).status_code == 404


@pytest.mark.parametrize(
    "sent", [{}, {"verb": "x"}, {"posts": []}, {"posts": ["x"]}, {"value": 1}, {"value": "a\0"}]
)
def test_an_invalid_change_is_refused(
    author: User, api_client: ApiClientFactory, sent: dict[str, object]
) -> None:
    post = actions.create(by=author, title="One")
    valid = {"verb": "add_tag", "value": "", "posts": [str(post.pk)]}
    assert api_client(author).post(URL, {**valid, **sent}, JSON).status_code == 400


def test_readers_change_nothing(reader: User, api_client: ApiClientFactory) -> None:
    assert api_client(reader).post(URL, {"verb": "delete"}, JSON).status_code == 403
