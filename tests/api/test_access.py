"""Permissions in the API, by role, ownership, token and session."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Token, User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory
from tests.conftest import PASSWORD

POSTS = "/api/v1/posts"

#: Status codes of each action on a draft and on a published post of the author, by user.
DRAFT = {
    "retrieve": {"anonymous": 404, "reader": 404, "another_author": 404, "others": 200},
    "change": {"anonymous": 401, "reader": 404, "another_author": 404, "others": 200},
    "delete": {"anonymous": 401, "reader": 404, "another_author": 404, "others": 204},
    "publish": {"anonymous": 401, "reader": 404, "another_author": 404, "others": 200},
    "archive": {"anonymous": 401, "reader": 404, "another_author": 404, "others": 400},
    "revisions": {"anonymous": 401, "reader": 404, "another_author": 404, "others": 200},
}
PUBLISHED = {
    "retrieve": dict.fromkeys(("anonymous", "reader", "another_author", "others"), 200),
    "change": {"anonymous": 401, "reader": 403, "another_author": 403, "others": 200},
    "delete": {"anonymous": 401, "reader": 403, "another_author": 403, "others": 204},
    "publish": {"anonymous": 401, "reader": 403, "another_author": 403, "others": 200},
    "archive": {"anonymous": 401, "reader": 403, "another_author": 403, "others": 200},
    "revisions": {"anonymous": 401, "reader": 403, "another_author": 403, "others": 200},
}
CAST = ["anonymous", "reader", "another_author", "author", "editor", "owner"]


@pytest.fixture
def cast(
    reader: User, another_author: User, author: User, editor: User, owner: User
) -> dict[str, User | None]:
    users = {"reader": reader, "another_author": another_author, "author": author}
    return {"anonymous": None, **users, "editor": editor, "owner": owner}


def _send(client: Client, action: str, post: Post) -> Any:
    url = f"{POSTS}/{post.pk}"
    match action:
        case "retrieve":
            return client.get(url)
        case "change":
            return client.patch(url, {"title": "X", "version": 1}, "application/json")
        case "delete":
            return client.delete(url)
        case "revisions":
            return client.get(f"{url}/revisions")
    return client.generic("POST", f"{url}/{action}")


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("action", sorted(DRAFT))
@pytest.mark.parametrize("is_published", [False, True])
def test_permissions_depend_on_role_and_ownership(
    name: str,
    action: str,
    is_published: bool,
    cast: dict[str, User | None],
    author: User,
    api_client: ApiClientFactory,
) -> None:
    post = actions.create(by=author, title="Hello")
    if is_published:
        actions.publish(post, by=author)
    user = cast[name]
    expected = (PUBLISHED if is_published else DRAFT)[action]
    response = _send(api_client(user) if user else Client(), action, post)
    assert response.status_code == expected.get(name, expected["others"])
    if response.status_code == 401:
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("name", "status"),
    [("anonymous", 401), ("reader", 403), ("author", 201), ("editor", 201), ("owner", 201)],
)
def test_authors_editors_and_owners_can_create_posts(
    name: str, status: int, cast: dict[str, User | None], api_client: ApiClientFactory
) -> None:
    user = cast[name]
    client = api_client(user) if user else Client()
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == status


def test_lists_contain_only_readable_posts(
    author: User, another_author: User, editor: User, reader: User, api_client: ApiClientFactory
) -> None:
    actions.create(by=author, title="Draft of Ada")
    actions.create(by=another_author, title="Draft of Bob")
    actions.publish(actions.create(by=author, title="Published"), by=author)
    actions.unlist(actions.create(by=author, title="Unlisted"), by=author)

    def titles(client: Client, query: str = "") -> set[str]:
        return {post["title"] for post in client.get(f"{POSTS}{query}").json()["results"]}

    assert titles(Client()) == {"Published"}
    assert (
        titles(api_client(reader))
        == titles(api_client(another_author), "?author=ada")
        == {"Published"}
    )
    assert titles(api_client(author)) == {"Published", "Unlisted", "Draft of Ada"}
    assert titles(api_client(author), "?status=draft") == {"Draft of Ada"}
    assert titles(api_client(author), "?mine=false") == set()
    assert titles(api_client(editor)) == {"Published", "Unlisted", "Draft of Ada", "Draft of Bob"}
    assert titles(Client(), "?status=draft") == set()
    assert titles(Client(), "?status=unlisted") == set()
    assert titles(Client(), "?deleted=true") == set()
    assert titles(api_client(reader), "?deleted=true") == set()


def test_a_read_only_token_cannot_write(author: User, api_client: ApiClientFactory) -> None:
    post = actions.create(by=author, title="Draft")
    client = api_client(author, "read")
    assert client.get(f"{POSTS}/{post.pk}").status_code == 200
    rejected = client.post(POSTS, {"title": "X"}, "application/json")
    assert rejected.status_code == 403
    assert 'error="insufficient_scope"' in rejected["WWW-Authenticate"]


@pytest.mark.parametrize("key", ["", "bst_wrong", "bst_" + "x" * 43, "a b", "\xff"])
def test_an_invalid_token_is_rejected_even_if_none_is_required(key: str, site: object) -> None:
    response = Client(headers={"authorization": f"Bearer {key}"}).get(POSTS)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_expired_and_revoked_tokens_and_those_of_inactive_users_are_rejected(
    author: User, api_client: ApiClientFactory
) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    assert api_client(author, expires_at=past).get(POSTS).status_code == 401
    client = api_client(author)
    assert client.get(POSTS).status_code == 200
    author.is_active = False
    author.save()
    assert client.get(POSTS).status_code == 401
    author.is_active = True
    author.save()
    Token.objects.all().delete()
    assert client.get(POSTS).status_code == 401


def test_a_session_needs_a_csrf_token_to_write(author: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.login(username="ada", password=PASSWORD)
    rejected = client.post(POSTS, {"title": "X"}, "application/json")
    assert rejected.status_code == 403
    assert rejected["Content-Type"] == "application/problem+json"
    token = client.get("/api/v1/docs").context["csrf_token"]
    headers = {"x-csrftoken": str(token)}
    response = client.post(POSTS, {"title": "X"}, "application/json", headers=headers)
    assert response.status_code == 201


def test_tokens_are_shown_once_and_managed_only_in_a_session(
    author: User, another_author: User, api_client: ApiClientFactory
) -> None:
    session_client = Client()
    session_client.login(username="ada", password=PASSWORD)
    data = {"name": "CI", "scope": "write", "expires_at": "2999-01-01T00:00:00Z"}
    response = session_client.post("/api/v1/tokens", data, "application/json")
    assert (response.status_code, response["Cache-Control"]) == (201, "no-store")
    key = response.json()["key"]
    by_token = Client(headers={"authorization": f"Bearer {key}"})
    assert by_token.get("/api/v1/me").json()["username"] == "ada"
    assert by_token.post("/api/v1/tokens", data, "application/json").status_code == 403
    assert by_token.get("/api/v1/tokens").status_code == 403
    assert Client().get("/api/v1/tokens").status_code == 401

    [listed] = session_client.get("/api/v1/tokens").json()["results"]
    assert "key" not in listed
    assert key.startswith(listed["hint"])
    url = f"/api/v1/tokens/{listed['id']}"
    other_client = Client()
    other_client.login(username="bob", password=PASSWORD)
    assert other_client.delete(url).status_code == 404
    assert session_client.delete(url).status_code == 204
    assert by_token.get("/api/v1/me").status_code == 401


def test_users_are_listed_without_private_fields(
    author: User, reader: User, api_client: ApiClientFactory
) -> None:
    listed = Client().get("/api/v1/users").json()["results"]
    assert {p["username"] for p in listed} == {"ada", "olivia"}
    user = Client().get("/api/v1/users/ADA").json()
    assert user["url"] == "http://testserver/@ada"
    assert not {"email", "role", "bio", "id"} & set(user)
    assert Client().get("/api/v1/users/rita").status_code == 404
    assert Client().get("/api/v1/me").status_code == 401
    assert api_client(reader).get("/api/v1/me").json()["email"] == "rita@example.org"


def test_users_can_edit_their_profile_but_not_their_role_or_email(
    author: User, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    links = [{"label": "Home", "url": "https://example.org/"}]
    data = {"bio": "I *write*.", "links": links}
    me = client.patch("/api/v1/me", data, "application/json").json()
    assert (me["links"], "<em>write</em>" in me["bio_html"]) == (links, True)
    for change in (
        {"role": "owner"},
        {"email": "x@example.org"},
        {"links": [{"label": "x", "url": "javascript:alert(1)"}]},
        {"bio": 7},
    ):
        assert client.patch("/api/v1/me", change, "application/json").status_code == 400
    author.refresh_from_db()
    assert (author.role, author.email) == ("author", "ada@example.org")
