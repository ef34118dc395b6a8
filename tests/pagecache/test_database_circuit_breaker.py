"""While the database is down, requests do not wait for it, and the owner decides what is served."""

import threading
import time

import pytest
from django.db import OperationalError
from pytest_django import Settings

from broadsheet.pagecache import database_circuit_breaker
from broadsheet.pagecache.change_tracking import Changes
from tests.ops.processes import wait_for
from tests.pagecache.visitors import FakeApplication, Visitor

DATABASE_IS_DOWN = OperationalError("said nothing")


@pytest.fixture
def application() -> FakeApplication:
    return FakeApplication()


@pytest.fixture
def visitor(application: FakeApplication) -> Visitor:
    visitor = Visitor(application)
    visitor.get()
    return visitor


def test_cached_pages_are_served_unvalidated_for_as_long_as_is_configured(
    visitor: Visitor,
    application: FakeApplication,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.STALE_IF_ERROR_SECONDS = 60
    visitor.tracker.invalidate("post:1")
    visitor.get()
    requests = len(application.requests)
    visitor.tracker.failing = DATABASE_IS_DOWN
    assert visitor.get().body == application.body
    assert len(application.requests) == requests
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    visitor.get()
    assert len(application.requests) == requests + 1, "the application renders the error"


def test_by_default_no_page_is_served_unvalidated(
    visitor: Visitor, application: FakeApplication
) -> None:
    visitor.tracker.failing = DATABASE_IS_DOWN
    visitor.get()
    assert len(application.requests) == 2
    assert visitor.counts()["not_validated"] > 0


def test_requests_wait_only_a_few_seconds_for_a_hanging_database(
    application: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.pagecache.cache.VALIDATION_TIMEOUT", 0.1)
    visitor = Visitor(application)
    visitor.get()
    monkeypatch.setattr(database_circuit_breaker, "NO_RESPONSE_SECONDS", 0.1)
    visitor.tracker.invalidate("post:1")
    resume, polled = threading.Event(), threading.Event()
    poll = visitor.tracker.poll

    def hang() -> Changes:
        polled.set()
        assert resume.wait(60)
        return poll()

    monkeypatch.setattr(visitor.tracker, "poll", hang)
    first = threading.Thread(target=visitor.get)
    first.start()
    polled.wait(60)
    assert visitor.get().status == 503
    resume.set()
    first.join()
    wait_for(lambda: visitor.get().status == 200, "the recovery to be noticed")


def test_no_request_waits_for_an_unresponsive_database_until_it_recovers(
    visitor: Visitor, application: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_circuit_breaker, "NO_RESPONSE_SECONDS", 0)
    visitor.tracker.failing = DATABASE_IS_DOWN
    visitor.get()
    requests = len(application.requests)
    for path in ("/", "/another", "/readyz"):
        response = visitor.get(path)
        assert (response.status, response.headers["retry-after"]) == (503, "5")
    assert visitor.get("/studio/new", REQUEST_METHOD="POST").status == 503
    assert len(application.requests) == requests
    for path in ("/healthz", "/static/style.css", "/media/0/picture.png"):
        assert visitor.get(path).status == 200
    visitor.tracker.failing = None
    wait_for(lambda: visitor.get().status == 200, "the recovery to be noticed")
