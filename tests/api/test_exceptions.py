"""Everything that goes wrong is told in one form."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.api.exceptions import KINDS
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import Program

POSTS = "/api/v1/posts"


def _is_problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem["type"] == f"http://testserver/api/v1/problems/{kind}"
    assert problem["status"] == status
    assert problem["title"] == str(KINDS[kind])
    assert problem["detail"]
    assert problem["instance"].startswith("/api")
    return problem


@pytest.mark.parametrize("path", ["/api", "/api/"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_nothing_is_done_at_the_address_that_leads_to_the_documentation(
    path: str, method: str, site: object
) -> None:
    _is_problem(Client().generic(method, path), 404, "unknown")


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nope", "/api/v2", f"{POSTS}//", f"{POSTS}/7", "/api/v1/a\nb"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there(path: str, method: str, site: object) -> None:
    _is_problem(Client().generic(method, path), 404, "unknown")


@pytest.mark.parametrize("kind", ["users", "tags", "series", "posts", "problems"])
def test_nothing_has_a_null_character_in_its_address(kind: str, site: object) -> None:
    _is_problem(Client().get(f"/api/v1/{kind}/a%00b"), 404, "unknown")


@pytest.mark.parametrize("field", ["title", "slug", "content", "series", "tags", "authors"])
def test_null_characters_are_refused_by_the_name_of_their_field(
    field: str, owner: User, program: Program
) -> None:
    text = "a\0b"
    said = {"title": "T", field: [text] if field in {"tags", "authors"} else text}
    answer = program(owner).post(POSTS, said, "application/json")
    pointers = [error["pointer"] for error in _is_problem(answer, 400, "invalid")["errors"]]
    assert any(pointer.startswith(f"#/{field}") for pointer in pointers)


def test_a_method_that_is_not_for_this_address(author: User, program: Program) -> None:
    answer = program(author).delete(POSTS)
    _is_problem(answer, 405, "method")
    assert {"GET", "POST"} <= set(answer["Allow"].split(", "))


def test_what_cannot_be_answered_in_the_type_that_is_asked_for(site: object) -> None:
    answer = Client(headers={"accept": "text/csv"}).get(POSTS)
    _is_problem(answer, 406, "unacceptable")


def test_a_body_of_another_type(author: User, program: Program) -> None:
    _is_problem(program(author).post(POSTS, "<x/>", "application/xml"), 415, "media-type")


@pytest.mark.parametrize(
    "body", ["{", "", "[" * 100_000, '{"title": NaN}', "\xff\xfe", '{"title": ' + "9" * 9999 + "}"]
)
def test_json_that_cannot_be_read(body: str, author: User, program: Program) -> None:
    raw = body.encode("latin-1")
    answer = program(author).generic("POST", POSTS, raw, "application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [[], "x", 7, None, {"title": {}}, {"title": ["x"]}])
def test_json_of_another_shape(body: Any, author: User, program: Program) -> None:
    answer = program(author).post(POSTS, json.dumps(body), "application/json")
    problem = _is_problem(answer, 400, "invalid")
    assert problem["errors"][0]["pointer"].startswith("#")


def test_a_body_that_is_too_large(author: User, program: Program, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = program(author).post(POSTS, {"title": "x" * 1_000}, "application/json")
    _is_problem(answer, 413, "too-large")


def test_every_value_that_cannot_be_used_is_named(author: User, program: Program) -> None:
    said = {"title": "x" * 301, "slug": "a b", "tags": ["x" * 101], "cover_url": "nothing"}
    problem = _is_problem(program(author).post(POSTS, said, "application/json"), 400, "invalid")
    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"#/title", "#/slug", "#/tags/0", "#/cover_url"}


def test_what_an_action_refuses(author: User, program: Program) -> None:
    answer = program(author).post(POSTS, {"title": "X", "slug": "admin"}, "application/json")
    if answer.status_code == 201:  # a reserved slug of a new post gets a number
        assert answer.json()["slug"] == "admin-2"
    post = actions.create(by=author, title="X")
    said = {"slug": "admin", "version": 1}
    answer = program(author).patch(f"{POSTS}/{post.pk}", said, "application/json")
    assert _is_problem(answer, 400, "invalid")["errors"][0]["pointer"] == "#/slug"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("status=none", "status"),
        ("mine=perhaps", "mine"),
        ("published_after=yesterday", "published_after"),
        ("include=everything", "include"),
        ("stauts=draft", "stauts"),
    ],
)
def test_a_query_that_means_nothing(query: str, name: str, site: object) -> None:
    problem = _is_problem(Client().get(f"{POSTS}?{query}"), 400, "invalid")
    assert problem["errors"][0]["parameter"] == name


@pytest.mark.parametrize("query", ["cursor=made-up", "cursor=%00", "cursor=WyJ4Il0%3Ax"])
def test_a_cursor_that_is_none_of_this_list(query: str, site: object) -> None:
    _is_problem(Client().get(f"{POSTS}?{query}"), 404, "unknown")


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_dates_at_the_edge_of_time_break_nothing(value: str, site: object) -> None:
    assert Client().get(f"{POSTS}?published_after={value}").status_code in {200, 400}


def test_too_many_requests_say_when_to_come_back(settings: Settings, author: User) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anonymous": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = Client()
    assert [client.get(POSTS).status_code for _ in range(2)] == [200, 200]
    answer = client.get(POSTS)
    _is_problem(answer, 429, "too-many")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert Client(REMOTE_ADDR="192.0.2.7").get(POSTS).status_code == 200
    forged = client.get(POSTS, headers={"x-forwarded-for": "192.0.2.8"})
    assert forged.status_code == 429


def test_writes_are_counted_apart(settings: Settings, author: User, program: Program) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "write": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = program(author)
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == 201
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == 429
    assert client.get(POSTS).status_code == 200


def test_a_fault_of_ours_tells_nothing_of_its_reason(
    author: User, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> Post:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(actions, "create", broken)
    client = program(author)
    client.raise_request_exception = False
    answer = client.post(POSTS, {"title": "X"}, "application/json")
    _is_problem(answer, 500, "failure")
    assert b"1234" not in answer.content


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_problem_has_an_address(kind: str, site: object) -> None:
    assert Client().get(f"/api/v1/problems/{kind}").json()["kind"] == kind


def test_the_root_lists_what_there_is(site: object) -> None:
    for path in ("/api/v1", "/api/v1/"):
        found = Client().get(path).json()
        assert found["posts"] == "http://testserver/api/v1/posts"
        for address in found.values():
            assert Client().get(address).status_code in {200, 401}
