"""Error responses: all are problem documents (RFC 9457)."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.api.exceptions import KINDS
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory

POSTS = "/api/v1/posts"


def _assert_problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(response.content)
    assert problem["type"] == f"http://testserver/api/v1/problems/{kind}"
    assert problem["status"] == status
    assert problem["title"] == str(KINDS[kind])
    assert problem["detail"]
    assert problem["instance"].startswith("/api")
    return problem


@pytest.mark.parametrize("path", ["/api", "/api/"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_the_short_url_of_the_documentation_accepts_only_get(
    path: str, method: str, site: object
) -> None:
    _assert_problem(Client().generic(method, path), 404, "unknown")


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nope", "/api/v2", f"{POSTS}//", f"{POSTS}/7", "/api/v1/a\nb"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_url_is_a_404(path: str, method: str, site: object) -> None:
    _assert_problem(Client().generic(method, path), 404, "unknown")


@pytest.mark.parametrize("kind", ["users", "tags", "series", "posts", "problems"])
def test_a_null_character_in_a_url_is_a_404(kind: str, site: object) -> None:
    _assert_problem(Client().get(f"/api/v1/{kind}/a%00b"), 404, "unknown")


@pytest.mark.parametrize("field", ["title", "slug", "content", "series", "tags", "authors"])
def test_null_characters_are_rejected_with_the_field_name(
    field: str, owner: User, api_client: ApiClientFactory
) -> None:
    text = "a\0b"
    data = {"title": "T", field: [text] if field in {"tags", "authors"} else text}
    response = api_client(owner).post(POSTS, data, "application/json")
    pointers = [error["pointer"] for error in _assert_problem(response, 400, "invalid")["errors"]]
    assert any(pointer.startswith(f"#/{field}") for pointer in pointers)


def test_a_method_that_is_not_allowed_is_a_405(author: User, api_client: ApiClientFactory) -> None:
    response = api_client(author).delete(POSTS)
    _assert_problem(response, 405, "method")
    assert {"GET", "POST"} <= set(response["Allow"].split(", "))


def test_an_unavailable_media_type_is_a_406(site: object) -> None:
    response = Client(headers={"accept": "text/csv"}).get(POSTS)
    _assert_problem(response, 406, "unacceptable")


def test_a_request_body_of_an_unsupported_type_is_a_415(
    author: User, api_client: ApiClientFactory
) -> None:
    _assert_problem(api_client(author).post(POSTS, "<x/>", "application/xml"), 415, "media-type")


@pytest.mark.parametrize(
    "body", ["{", "", "[" * 100_000, '{"title": NaN}', "\xff\xfe", '{"title": ' + "9" * 9999 + "}"]
)
def test_invalid_json_is_a_400(body: str, author: User, api_client: ApiClientFactory) -> None:
    raw = body.encode("latin-1")
    response = api_client(author).generic("POST", POSTS, raw, "application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [[], "x", 7, None, {"title": {}}, {"title": ["x"]}])
def test_json_of_the_wrong_structure_is_a_400(
    body: Any, author: User, api_client: ApiClientFactory
) -> None:
    response = api_client(author).post(POSTS, json.dumps(body), "application/json")
    problem = _assert_problem(response, 400, "invalid")
    assert problem["errors"][0]["pointer"].startswith("#")


def test_a_request_body_that_is_too_large_is_a_413(
    author: User, api_client: ApiClientFactory, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    response = api_client(author).post(POSTS, {"title": "x" * 1_000}, "application/json")
    _assert_problem(response, 413, "too-large")


def test_every_invalid_field_is_listed(author: User, api_client: ApiClientFactory) -> None:
    data = {"title": "x" * 301, "slug": "a b", "tags": ["x" * 101], "cover_url": "nothing"}
    problem = _assert_problem(
        api_client(author).post(POSTS, data, "application/json"), 400, "invalid"
    )
    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"#/title", "#/slug", "#/tags/0", "#/cover_url"}


def test_a_validation_error_of_an_action_names_the_field(
    author: User, api_client: ApiClientFactory
) -> None:
    response = api_client(author).post(POSTS, {"title": "X", "slug": "admin"}, "application/json")
    if response.status_code == 201:  # a reserved slug of a new post gets a number
        assert response.json()["slug"] == "admin-2"
    post = actions.create(by=author, title="X")
    data = {"slug": "admin", "version": 1}
    response = api_client(author).patch(f"{POSTS}/{post.pk}", data, "application/json")
    assert _assert_problem(response, 400, "invalid")["errors"][0]["pointer"] == "#/slug"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("tag=", "tag"),
        ("limit=1&limit=2", "limit"),
        ("status=none", "status"),
        ("mine=perhaps", "mine"),
        ("published_after=yesterday", "published_after"),
        ("include=everything", "include"),
        ("stauts=draft", "stauts"),
    ],
)
def test_an_invalid_query_parameter_is_named(query: str, name: str, site: object) -> None:
    problem = _assert_problem(Client().get(f"{POSTS}?{query}"), 400, "invalid")
    assert problem["errors"][0]["parameter"] == name


@pytest.mark.parametrize("query", ["cursor=made-up", "cursor=%00", "cursor=WyJ4Il0%3Ax"])
def test_an_invalid_cursor_is_a_404(query: str, site: object) -> None:
    _assert_problem(Client().get(f"{POSTS}?{query}"), 404, "unknown")


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_extreme_dates_cause_no_server_error(value: str, site: object) -> None:
    assert Client().get(f"{POSTS}?published_after={value}").status_code in {200, 400}


def test_rate_limited_responses_have_a_retry_after_header(settings: Settings, author: User) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anonymous": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = Client()
    assert [client.get(POSTS).status_code for _ in range(2)] == [200, 200]
    response = client.get(POSTS)
    _assert_problem(response, 429, "too-many")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert Client(REMOTE_ADDR="192.0.2.7").get(POSTS).status_code == 200
    forged = client.get(POSTS, headers={"x-forwarded-for": "192.0.2.8"})
    assert forged.status_code == 429


def test_writes_have_a_separate_rate_limit(
    settings: Settings, author: User, api_client: ApiClientFactory
) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "write": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = api_client(author)
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == 201
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == 429
    assert client.get(POSTS).status_code == 200


def test_uploads_have_a_separate_rate_limit(
    settings: Settings, author: User, api_client: ApiClientFactory
) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "upload": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = api_client(author)
    statuses = [client.post("/api/v1/images", {}).status_code for _attempt in range(2)]
    assert statuses == [400, 429]
    assert client.post(POSTS, {"title": "X"}, "application/json").status_code == 201


def test_a_server_error_does_not_expose_its_cause(
    author: User, api_client: ApiClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> Post:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(actions, "create", broken)
    client = api_client(author)
    client.raise_request_exception = False
    response = client.post(POSTS, {"title": "X"}, "application/json")
    _assert_problem(response, 500, "failure")
    assert b"1234" not in response.content


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_problem_type_has_a_url(kind: str, site: object) -> None:
    assert Client().get(f"/api/v1/problems/{kind}").json()["kind"] == kind


def test_the_root_lists_the_endpoints(site: object) -> None:
    for path in ("/api/v1", "/api/v1/"):
        endpoints = Client().get(path).json()
        assert endpoints["posts"] == "http://testserver/api/v1/posts"
        for url in endpoints.values():
            assert Client().get(url).status_code in {200, 401}


def test_of_several_errors_each_names_its_field(author: User, api_client: ApiClientFactory) -> None:
    data = {"title": "T", "foo": 1, "html": "x"}
    response = api_client(author).post(POSTS, data, "application/json")
    detail = _assert_problem(response, 400, "invalid")["detail"]
    assert "foo: " in detail
    assert "html: " in detail


def test_an_ill_formed_language_is_refused(author: User, api_client: ApiClientFactory) -> None:
    data = {"title": "T", "language": f"xx-{'a' * 30}"}
    problem = _assert_problem(
        api_client(author).post(POSTS, data, "application/json"), 400, "invalid"
    )
    assert problem["errors"][0]["pointer"] == "#/language"
