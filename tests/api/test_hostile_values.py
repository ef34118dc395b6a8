"""Hostile values: every field accepts a value or rejects it by name; nothing fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory

#: All types of JSON, and extreme strings, numbers and datetimes.
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**40, 1e308, "", " ", "a\0b", "\U000f0000", "\ufeff", "x" * 5_000,
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "2026-02-30T00:00:00Z", "http://[",
    "00000000-0000-0000-0000-000000000000", "javascript:alert(1)", "%00", [], {},
]  # fmt: skip
NULLS: list[Any] = [None, [None], {"x": None}, [{"label": None}]]


def json_fields(openapi: dict[str, Any]) -> Iterator[tuple[str, str, str, set[str]]]:
    """Yield method, path, name and the required names of every field of every JSON request body."""
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                reference = body["schema"]["$ref"].rpartition("/")[2]
                schema = openapi["components"]["schemas"][reference]
                for name in schema["properties"]:
                    yield method, path, name, set(schema.get("required", ()))


@pytest.fixture
def post(author: User) -> Post:
    return actions.create(by=author, title="A post")


@pytest.fixture
def clients(api_client: ApiClientFactory, owner: User, settings: Settings) -> dict[str, Client]:
    """Return clients of the owner, with a token and with a session, without rate limits."""
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    session_client = Client(raise_request_exception=False)
    session_client.force_login(owner)
    return {"token": api_client(owner), "session": session_client}


def check(clients: dict[str, Client], post: Post, values: list[Any]) -> int:
    """Send each of `values` in each field; return the number of responses."""
    openapi = clients["token"].get("/api/v1/openapi.json").json()
    responses = 0
    for method, path, name, required in json_fields(openapi):
        client = clients["session" if path.endswith("/tokens") else "token"]
        for value in values:
            is_whole_post = method != "patch" and path.endswith(("/posts", "/posts/{id}"))
            body = {"title": "T", "content": "x"} if is_whole_post else {}
            post.refresh_from_db()
            version = {"version": post.version} if "{id}" in path and "publish" not in path else {}
            response = client.generic(
                method.upper(),
                path.replace("{id}", str(post.pk)),
                json.dumps({**body, **version, name: value}),
                content_type="application/json",
            )
            responses += 1
            assert response.status_code < 500, (method, path, name, value)
            if response.status_code == 400:
                errors = response.json()["errors"]
                wrong = [e for e in errors if not e["pointer"].startswith(f"#/{name}")]
                # A published post needs a title.
                allowed = {"#/title", *(f"#/{other}" for other in required)}
                assert all(e["pointer"] in allowed for e in wrong), (name, errors)
    return responses


@pytest.mark.slow
def test_every_field_accepts_null_or_rejects_it_by_name(
    clients: dict[str, Client], post: Post
) -> None:
    assert check(clients, post, NULLS) > 200


@pytest.mark.slow
def test_every_field_accepts_any_value_or_rejects_it_by_name(
    clients: dict[str, Client], post: Post
) -> None:
    assert check(clients, post, VALUES) > 1_000


@pytest.mark.parametrize("value", [[None], [1], [{}], [["ada"]], ["a\0"]])
def test_authors_must_be_usernames(
    value: object, api_client: ApiClientFactory, owner: User
) -> None:
    body = {"title": "T", "content": "x", "authors": value}
    response = api_client(owner).post("/api/v1/posts", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/authors"


@pytest.mark.parametrize(
    "body",
    [
        r'{"title": "\ud800"}',
        r'{"title": "T", "tags": ["\udfff"]}',
        r'{"title": "T", "status": "\ud800"}',
        r'{"title": "T", "\ud800": 1}',
        r'["\ud800"]',
        r'"\ud800"',
    ],
)
def test_an_unpaired_surrogate_is_rejected(
    body: str, api_client: ApiClientFactory, author: User
) -> None:
    response = api_client(author).post("/api/v1/posts", body, content_type="application/json")
    assert response.status_code == 400
    assert "surrogate" in response.json()["errors"][0]["detail"]


def test_a_surrogate_pair_is_accepted(api_client: ApiClientFactory, author: User) -> None:
    body = r'{"title": "\ud83d\ude80 up", "content": "x"}'
    response = api_client(author).post("/api/v1/posts", body, content_type="application/json")
    assert response.status_code == 201
    assert response.json()["title"] == "🚀 up"


@pytest.mark.parametrize("body", ["null", "1", '"x"', "[]", "[null]", "{}", "true", ""])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_a_request_body_that_is_no_object_causes_no_server_error(
    method: str, body: str, api_client: ApiClientFactory, author: User, post: Post
) -> None:
    paths = {"POST": ["/api/v1/posts"]}.get(method, [f"/api/v1/posts/{post.pk}", "/api/v1/me"])
    for path in paths:
        response = api_client(author).generic(method, path, body, content_type="application/json")
        assert response.status_code in {200, 400, 405, 428}
