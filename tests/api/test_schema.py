"""The OpenAPI schema is correct: every response conforms to it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from rest_framework.request import Request
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User
from broadsheet.api.views import docs
from broadsheet.posts import actions
from tests.browsers import PATIENCE

CONFIG = Path(__file__).with_name("schemathesis.toml")

#: Fields that can be rejected although they conform to the schema. It does not know which images
#: and users exist, what a file contains, or that a published post needs a title.
BEYOND_SCHEMAS = tuple(
    "#/cover #/cover_url #/share_image_url #/authors #/title #/slug #/tags #/pub_date"
    " #/canonical_url #/file #/at #/links #/name #/expires_at #/posts #/value #/into".split()
)

QUIET = hypothesis_settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def api(author: User, settings: Settings) -> Any:
    """Return the API from its schema, with some posts and without rate limits."""
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    for n in range(3):
        post = actions.create(by=author, title=f"Post {n}", tags=["Python"], series="Learning")
        actions.publish(post, by=author)
    # Django alone: the layers in front of it reject requests while the machine is busy.
    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json",
        get_wsgi_application(),
        config=SchemathesisConfig.from_path(CONFIG),
    )


def _fuzz(api: Any, headers: dict[str, str], *, examples: int) -> int:
    """Send valid and invalid requests to every operation; return their number."""
    count = 0

    def check(case: Any) -> None:
        nonlocal count
        count += 1
        response = case.call(headers={**headers, "Accept-Encoding": "identity"})
        case.validate_response(response, headers=headers)
        if response.status_code == 400 and case.meta.generation.mode == GenerationMode.POSITIVE:
            for error in response.json().get("errors", ()):
                is_null = "Null characters" in error["detail"]
                assert is_null or error.get("pointer", "").startswith(BEYOND_SCHEMAS), error

    for operation in api.get_all_operations():
        for mode in GenerationMode:
            cases = operation.ok().as_strategy(generation_mode=mode)
            with suppress(Unsatisfiable):  # an operation without input has no invalid one
                hypothesis_settings(QUIET, max_examples=examples)(given(case=cases)(check))()
    return count


def test_the_schema_is_valid_and_complete() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_the_schema_is_served(site: object) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert "/api/v1/posts/{id}/publish" in schema["paths"]


def test_simultaneous_requests_get_the_same_schema(site: object) -> None:
    docs.openapi_schema.cache_clear()
    request = RequestFactory().get("/api/v1/openapi.json", REMOTE_ADDR="192.0.2.1")

    def fetch(_n: int) -> Any:
        try:
            return docs.SchemaView().get(Request(request))
        finally:
            connections.close_all()  # this thread's

    with ThreadPoolExecutor(4) as threads:
        responses = list(threads.map(fetch, range(4)))
    assert all(response.data == responses[0].data for response in responses)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_documentation_page_works_with_the_content_security_policy(
    server: LiveServer, browser: Browser
) -> None:
    messages: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: messages.append(request.url))
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/api/v1/docs")
    page.wait_for_selector(".opblock")
    page.close()
    assert not [text for text in messages if "Content Security Policy" in text]
    hosts = {urlsplit(text).netloc for text in messages if text.startswith("http")}
    assert hosts == {urlsplit(server.url).netloc}


@pytest.mark.slow
def test_responses_to_anonymous_requests_conform_to_the_schema(api: Any) -> None:
    assert _fuzz(api, {}, examples=5) > 120


@pytest.mark.slow
@pytest.mark.parametrize(
    "role",
    [
        "owner",
        "author",
        pytest.param("editor", marks=pytest.mark.prove),
        pytest.param("reader", marks=pytest.mark.prove),
    ],
)
def test_responses_to_requests_with_a_token_conform_to_the_schema(
    role: str, api: Any, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(role)
    _token, key = create_token(user, name="test", scope="write", expires_at=None)
    assert _fuzz(api, {"Authorization": f"Bearer {key}"}, examples=5) > 120
