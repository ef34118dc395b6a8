"""/healthz, and the handling of database errors and missing pages."""

import logging

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from pytest_django import Settings

from broadsheet.ops.middleware import DatabaseErrorMiddleware
from broadsheet.ops.monitoring.views import healthz


@pytest.mark.parametrize("host", ["testserver", "10.1.2.3", "any.example"])
def test_healthz_works_for_any_host_and_without_the_database(host: str) -> None:
    response = Client(headers={"host": host}).get("/healthz")
    assert response.status_code == 200
    assert response.content == b"ok\n"
    assert response["Cache-Control"] == "no-store"


def test_healthz_is_not_redirected_to_https(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db
def test_errors_of_a_migrated_database_are_not_handled() -> None:
    middleware = DatabaseErrorMiddleware(get_response=healthz)
    request = RequestFactory().get("/")
    assert middleware.process_exception(request, OperationalError("locked")) is None
    assert middleware.process_exception(request, ValueError("else")) is None


@pytest.mark.django_db
def test_missing_pages_and_unknown_hosts_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Client().get("/no/such/page/at/all")
        Client(headers={"host": "foreign.example"}).get("/")
    assert logging.getLogger("django.request").getEffectiveLevel() == logging.ERROR
    assert not caplog.records
