"""The OpenAPI description is true: what it promises is what is answered."""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from pytest_django import Settings
from schemathesis import BaseSchema, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.wsgi import application

#: Statuses for requests that fit the schema, and for those that do not, beyond the usual ones:
#: If-Match may name what is gone, a change may fail to say what it changes, a body be too large.
CHECKS = {
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "304", "400", "401", "403", "404", "409", "412", "428"]
    },
    "negative_data_rejection": {
        "expected-statuses": "400 401 403 404 405 406 409 412 413 415 428".split()
    },
}

#: What no schema can tell beforehand, so that it may be refused though it fits: which images and
#: people there are, what a file turns out to be, that a post without a title is not published.
BEYOND_SCHEMAS = ("#/cover", "#/authors", "#/title", "#/slug", "#/file", "#/pub_date", "#/at")
BEYOND_SCHEMAS += ("#/cover_url", "#/canonical_url", "#/links", "#/name", "#/expires_at", "#/tags")

QUIET = hypothesis_settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def api(author: User, settings: Settings) -> BaseSchema:
    """Return the API as it describes itself, with something in it and without limits."""
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    for n in range(3):
        post = actions.create(by=author, title=f"Post {n}", tags=["Python"], series="Learning")
        actions.publish(post, by=author)
    config = SchemathesisConfig.from_dict({"checks": CHECKS})
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)


def _fuzz(api: BaseSchema, headers: dict[str, str], *, examples: int) -> int:
    """Try every operation with what fits its schema and what does not; return how many requests."""
    tried = 0

    def check(case: Any) -> None:
        nonlocal tried
        tried += 1
        response = case.call(headers={**headers, "Accept-Encoding": "identity"})
        is_form = case.media_type == "multipart/form-data"  # where everything is text
        case.validate_response(
            response, excluded_checks=[negative_data_rejection] if is_form else [], headers=headers
        )
        if response.status_code == 400 and case.meta.generation.mode == GenerationMode.POSITIVE:
            for error in response.json().get("errors", ()):
                assert error.get("pointer", "").startswith(BEYOND_SCHEMAS), error

    for found in api.get_all_operations():
        for mode in GenerationMode:
            cases = found.ok().as_strategy(generation_mode=mode)
            with suppress(Unsatisfiable):  # without any input, none can be wrong
                hypothesis_settings(QUIET, max_examples=examples)(given(case=cases)(check))()
    return tried


def test_the_description_is_valid_and_complete() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_the_description_is_served(site: object) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/posts/{id}/publish" in described["paths"]


@pytest.mark.slow
def test_strangers_get_what_is_promised(api: BaseSchema) -> None:
    assert _fuzz(api, {}, examples=10) > 200


@pytest.mark.slow
def test_authors_get_what_is_promised(api: BaseSchema, author: User) -> None:
    _token, key = create_token(author, name="test", scope="write", expires_at=None)
    assert _fuzz(api, {"Authorization": f"Bearer {key}"}, examples=25) > 500
