"""/healthz, and what is answered when the site itself cannot."""

import logging

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from pytest_django import Settings

from broadsheet.ops.middleware import DatabaseErrorMiddleware
from broadsheet.ops.monitoring.views import healthz


@pytest.mark.parametrize("host", ["testserver", "10.1.2.3", "any.example"])
def test_it_answers_whatever_the_host_and_without_the_database(host: str) -> None:
    answer = Client(headers={"host": host}).get("/healthz")
    assert answer.status_code == 200
    assert answer.content == b"ok\n"
    assert answer["Cache-Control"] == "no-store"


def test_it_is_not_sent_to_https(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db
def test_an_error_of_a_database_that_is_set_up_is_left_alone() -> None:
    middleware = DatabaseErrorMiddleware(get_response=healthz)
    request = RequestFactory().get("/")
    assert middleware.process_exception(request, OperationalError("locked")) is None
    assert middleware.process_exception(request, ValueError("else")) is None


@pytest.mark.django_db
def test_a_page_that_is_missing_is_no_news_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Client().get("/no/such/page/at/all")
        Client(headers={"host": "foreign.example"}).get("/")
    assert logging.getLogger("django.request").getEffectiveLevel() == logging.ERROR
    assert not caplog.records
