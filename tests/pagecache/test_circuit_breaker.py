"""While the database is gone nobody waits for it, and what is shown is what the owner allows."""

import threading
import time

import pytest
from django.db import OperationalError
from pytest_django import Settings

from broadsheet.pagecache import circuit_breaker
from broadsheet.pagecache.change_tracking import Changes
from tests.ops.processes import wait_for
from tests.pagecache.visitors import Behind, Visitor

GONE = OperationalError("said nothing")


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def visitor(behind: Behind) -> Visitor:
    visitor = Visitor(behind)
    visitor.get()
    return visitor


def test_for_as_long_as_the_owner_allows_what_is_kept_is_shown(
    visitor: Visitor, behind: Behind, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UNPROVEN_SECONDS = 60
    visitor.tracker.invalidate("post:1")
    visitor.get()
    made = len(behind.asked)
    visitor.tracker.failing = GONE
    assert visitor.get().body == behind.body
    assert len(behind.asked) == made
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    visitor.get()
    assert len(behind.asked) == made + 1, "the application says what is the matter"


def test_else_nothing_is_shown_that_is_not_proven(visitor: Visitor, behind: Behind) -> None:
    visitor.tracker.failing = GONE
    visitor.get()
    assert len(behind.asked) == 2
    assert visitor.counts()["not_validated"] > 0


def test_who_waits_for_one_that_hangs_waits_no_longer_than_a_few_seconds(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.pagecache.cache.VALIDATION_TIMEOUT", 0.1)
    visitor = Visitor(behind)
    visitor.get()
    monkeypatch.setattr(circuit_breaker, "NO_RESPONSE_SECONDS", 0.1)
    visitor.tracker.invalidate("post:1")
    hanging, asked = threading.Event(), threading.Event()
    poll = visitor.tracker.poll

    def hang() -> Changes:
        asked.set()
        assert hanging.wait(60)
        return poll()

    monkeypatch.setattr(visitor.tracker, "poll", hang)
    first = threading.Thread(target=visitor.get)
    first.start()
    asked.wait(60)
    assert visitor.get().status == 503
    hanging.set()
    first.join()
    wait_for(lambda: visitor.get().status == 200, "it to be noticed")


def test_one_that_says_nothing_is_waited_for_by_nobody_until_it_is_back(
    visitor: Visitor, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "NO_RESPONSE_SECONDS", 0)
    visitor.tracker.failing = GONE
    visitor.get()
    made = len(behind.asked)
    for path in ("/", "/another", "/readyz"):
        refused = visitor.get(path)
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert visitor.get("/studio/new", REQUEST_METHOD="POST").status == 503
    assert len(behind.asked) == made
    for path in ("/healthz", "/static/style.css", "/media/0/picture.png"):
        assert visitor.get(path).status == 200
    visitor.tracker.failing = None
    wait_for(lambda: visitor.get().status == 200, "it to be noticed")
