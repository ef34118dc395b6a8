"""Who may do what by the API, with what they come with."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Token, User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import Program
from tests.conftest import PASSWORD

POSTS = "/api/v1/posts"

#: What each of the cast gets for a deed on a draft and on a published post of the author.
DRAFT = {
    "retrieve": {"stranger": 404, "reader": 404, "another_author": 404, "others": 200},
    "change": {"stranger": 401, "reader": 404, "another_author": 404, "others": 200},
    "delete": {"stranger": 401, "reader": 404, "another_author": 404, "others": 204},
    "publish": {"stranger": 401, "reader": 404, "another_author": 404, "others": 200},
    "archive": {"stranger": 401, "reader": 404, "another_author": 404, "others": 400},
    "revisions": {"stranger": 401, "reader": 404, "another_author": 404, "others": 200},
}
PUBLISHED = {
    "retrieve": dict.fromkeys(("stranger", "reader", "another_author", "others"), 200),
    "change": {"stranger": 401, "reader": 403, "another_author": 403, "others": 200},
    "delete": {"stranger": 401, "reader": 403, "another_author": 403, "others": 204},
    "publish": {"stranger": 401, "reader": 403, "another_author": 403, "others": 200},
    "archive": {"stranger": 401, "reader": 403, "another_author": 403, "others": 200},
    "revisions": {"stranger": 401, "reader": 403, "another_author": 403, "others": 200},
}
CAST = ["stranger", "reader", "another_author", "author", "editor", "owner"]


@pytest.fixture
def cast(
    reader: User, another_author: User, author: User, editor: User, owner: User
) -> dict[str, User | None]:
    people = {"reader": reader, "another_author": another_author, "author": author}
    return {"stranger": None, **people, "editor": editor, "owner": owner}


def _do(client: Client, deed: str, post: Post) -> Any:
    address = f"{POSTS}/{post.pk}"
    match deed:
        case "retrieve":
            return client.get(address)
        case "change":
            return client.patch(address, {"title": "X", "version": 1}, "application/json")
        case "delete":
            return client.delete(address)
        case "revisions":
            return client.get(f"{address}/revisions")
    return client.generic("POST", f"{address}/{deed}")


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("deed", sorted(DRAFT))
@pytest.mark.parametrize("is_published", [False, True])
def test_rights_follow_from_role_and_ownership(
    name: str,
    deed: str,
    is_published: bool,
    cast: dict[str, User | None],
    author: User,
    program: Program,
) -> None:
    post = actions.create(by=author, title="Hello")
    if is_published:
        actions.publish(post, by=author)
    user = cast[name]
    expected = (PUBLISHED if is_published else DRAFT)[deed]
    answer = _do(program(user) if user else Client(), deed, post)
    assert answer.status_code == expected.get(name, expected["others"])
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("name", "status"),
    [("stranger", 401), ("reader", 403), ("author", 201), ("editor", 201), ("owner", 201)],
)
def test_those_who_may_write_begin_posts(
    name: str, status: int, cast: dict[str, User | None], program: Program
) -> None:
    user = cast[name]
    client = program(user) if user else Client()
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == status


def test_lists_show_what_one_may_read(
    author: User, another_author: User, editor: User, reader: User, program: Program
) -> None:
    actions.create(by=author, title="Draft of Ada")
    actions.create(by=another_author, title="Draft of Bob")
    actions.publish(actions.create(by=author, title="Published"), by=author)
    actions.unlist(actions.create(by=author, title="Unlisted"), by=author)

    def titles(client: Client, query: str = "") -> set[str]:
        return {post["title"] for post in client.get(f"{POSTS}{query}").json()["results"]}

    assert titles(Client()) == {"Published"}
    assert (
        titles(program(reader)) == titles(program(another_author), "?author=ada") == {"Published"}
    )
    assert titles(program(author)) == {"Published", "Unlisted", "Draft of Ada"}
    assert titles(program(author), "?status=draft") == {"Draft of Ada"}
    assert titles(program(author), "?mine=false") == set()
    assert titles(program(editor)) == {"Published", "Unlisted", "Draft of Ada", "Draft of Bob"}
    assert titles(Client(), "?status=draft") == set()
    assert titles(Client(), "?status=unlisted") == set()
    assert titles(Client(), "?deleted=true") == set()
    assert titles(program(reader), "?deleted=true") == set()


def test_a_token_for_reading_cannot_write(author: User, program: Program) -> None:
    post = actions.create(by=author, title="Draft")
    client = program(author, "read")
    assert client.get(f"{POSTS}/{post.pk}").status_code == 200
    refused = client.post(POSTS, {"title": "X"}, "application/json")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused["WWW-Authenticate"]


@pytest.mark.parametrize("key", ["", "bst_wrong", "bst_" + "x" * 43, "a b", "\xff"])
def test_a_wrong_token_is_refused_even_where_none_is_needed(key: str, site: object) -> None:
    answer = Client(headers={"authorization": f"Bearer {key}"}).get(POSTS)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_expired_and_revoked_tokens_and_those_of_the_dismissed_are_refused(
    author: User, program: Program
) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    assert program(author, expires_at=past).get(POSTS).status_code == 401
    client = program(author)
    assert client.get(POSTS).status_code == 200
    author.is_active = False
    author.save()
    assert client.get(POSTS).status_code == 401
    author.is_active = True
    author.save()
    Token.objects.all().delete()
    assert client.get(POSTS).status_code == 401


def test_a_session_writes_with_a_csrf_token_only(author: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.login(username="ada", password=PASSWORD)
    refused = client.post(POSTS, {"title": "X"}, "application/json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    token = client.get("/api/v1/docs").context["csrf_token"]
    headers = {"x-csrftoken": str(token)}
    made = client.post(POSTS, {"title": "X"}, "application/json", headers=headers)
    assert made.status_code == 201


def test_tokens_are_made_shown_once_and_revoked_by_people_only(
    author: User, another_author: User, program: Program
) -> None:
    person = Client()
    person.login(username="ada", password=PASSWORD)
    said = {"name": "CI", "scope": "write", "expires_at": "2999-01-01T00:00:00Z"}
    made = person.post("/api/v1/tokens", said, "application/json")
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    key = made.json()["key"]
    by_token = Client(headers={"authorization": f"Bearer {key}"})
    assert by_token.get("/api/v1/me").json()["username"] == "ada"
    assert by_token.post("/api/v1/tokens", said, "application/json").status_code == 403
    assert by_token.get("/api/v1/tokens").status_code == 403
    assert Client().get("/api/v1/tokens").status_code == 401

    [listed] = person.get("/api/v1/tokens").json()["results"]
    assert "key" not in listed
    assert key.startswith(listed["hint"])
    address = f"/api/v1/tokens/{listed['id']}"
    stranger = Client()
    stranger.login(username="bob", password=PASSWORD)
    assert stranger.delete(address).status_code == 404
    assert person.delete(address).status_code == 204
    assert by_token.get("/api/v1/me").status_code == 401


def test_people_are_shown_without_what_is_theirs_alone(
    author: User, reader: User, program: Program
) -> None:
    listed = Client().get("/api/v1/users").json()["results"]
    assert {p["username"] for p in listed} == {"ada", "olivia"}
    person = Client().get("/api/v1/users/ADA").json()
    assert person["url"] == "http://testserver/@ada"
    assert not {"email", "role", "bio", "id"} & set(person)
    assert Client().get("/api/v1/users/rita").status_code == 404
    assert Client().get("/api/v1/me").status_code == 401
    assert program(reader).get("/api/v1/me").json()["email"] == "rita@example.org"


def test_one_changes_what_one_says_of_oneself_and_nothing_else(
    author: User, program: Program
) -> None:
    client = program(author)
    links = [{"label": "Home", "url": "https://example.org/"}]
    said = {"bio": "I *write*.", "links": links}
    me = client.patch("/api/v1/me", said, "application/json").json()
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
