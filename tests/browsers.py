"""Fixtures for tests of pages: a server and Chromium. These tests run last."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip

#: Timeout in milliseconds, high enough for slow machines.
PATIENCE = 120_000

#: A warning of Chromium that is caused by a slow machine, and not by the page.
HASTE = "preloaded using link preload but not used within a few seconds"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests with a browser last, because `browser` affects the tests after it."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; skips the test if there is none."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if path := name and shutil.which(name):
            return path
    pytest.skip("needs Chromium (set CHROMIUM to its path)")


class OpenRequests:
    """The requests that the server is handling, in other threads than the test's."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._change = threading.Condition()
        self._count = 0

    def start(self, **_kwargs: object) -> None:
        """Count a request that begins."""
        self._add(1)

    def finish(self, **_kwargs: object) -> None:
        """Count a request that ends."""
        self._add(-1)

    def _add(self, number: int) -> None:
        if threading.get_ident() == self._thread:
            return
        with self._change:
            self._count += number
            self._change.notify_all()

    def wait(self) -> None:
        """Wait until there are none."""
        with self._change:
            assert self._change.wait_for(lambda: self._count == 0, timeout=PATIENCE / 1000)


@pytest.fixture
def server(live_site: LiveServer) -> Iterator[LiveServer]:
    """The site, on the test database; the test ends when no request is being handled.

    A page that is closed may still have sent one, and all threads share one connection.
    """
    requests = OpenRequests()
    request_started.connect(requests.start)
    request_finished.connect(requests.finish)
    yield live_site
    requests.wait()
    request_started.disconnect(requests.start)
    request_finished.disconnect(requests.finish)


@pytest.fixture(scope="session")
def live_site(django_db_setup: None) -> Iterator[LiveServer]:
    """The server: the test database comes first, or each thread would open its own."""
    server = LiveServer("localhost")
    yield server
    for thread in threading.enumerate():  # requests of the last page share the connection
        if "process_request_thread" in thread.name:
            thread.join(timeout=10)
    server.stop()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium; each test opens its own context.

    Playwright keeps an event loop in this thread until the end, so Django would consider all code
    after that as asynchronous, and deny it the database.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, timeout=PATIENCE)
        yield browser
        browser.close()
