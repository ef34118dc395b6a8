"""A client of the page cache, with a fake application and change tracker behind it."""

import io
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.change_tracking import Changes
from broadsheet.pagecache.entries import Headers
from broadsheet.pagecache.tags import EVERYTHING, HEADER
from broadsheet.pagecache.wsgi import WSGI

HTML = "text/html; charset=utf-8"
FRESH = "public, max-age=0, must-revalidate"


class FakeTracker:
    """A change tracker whose log is written by tests."""

    snapshot = ""

    def __init__(self) -> None:
        self.failing: Exception | None = None
        self.polls = 0
        self._log: list[str] = [EVERYTHING]
        self._read = 0
        self._is_first = True

    def invalidate(self, *tags: str) -> None:
        """Add tags to the log."""
        self._log.extend(tags)

    def is_current(self) -> bool:
        return not self.failing and not self._is_first and self._read == len(self._log)

    def poll(self) -> Changes:
        if self.failing:
            raise self.failing
        self.polls += 1
        new = self._log[self._read :]
        marks = [tag for tag in new if tag in {EVERYTHING, "!"}]
        tags = {EVERYTHING} if self._is_first else set(new)
        return Changes(frozenset(tags), marks[-1] == EVERYTHING if marks else None, len(self._log))

    def ack(self, position: int) -> None:
        self._read, self._is_first = position, False

    def reset(self) -> None:
        self._is_first = True


@dataclass
class Reply:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes
    pairs: Headers = field(repr=False, default_factory=list)


@dataclass
class FakeApplication:
    """The application behind the cache: responds with `body`, `headers` and `tags`."""

    body: bytes = b"<p>" + b"Hello, reader. " * 100
    status: str = "200 OK"
    tags: str = "site post:1"
    headers: Headers = field(
        default_factory=lambda: [("Content-Type", HTML), ("Cache-Control", FRESH)]
    )
    on_request: Callable[[], object] = bool
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.requests.append(environ)
        self.on_request()
        tags = [(HEADER, self.tags)] if self.tags else []
        length = ("Content-Length", str(len(self.body)))
        start_response(self.status, [*self.headers, length, *tags])
        return [self.body]


class Visitor:
    """A client of the page cache."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.tracker = FakeTracker()
        self.views: list[str] = []
        self.cache = Cache(
            lambda: self.tracker, record_view=lambda page, _: self.views.append(page)
        )
        self.wsgi = WSGI(application, self.cache)

    def get(self, path: str = "/", query: str = "", **environ: Any) -> Reply:
        """Request a page; `environ` adds WSGI variables."""
        start: list[Any] = []
        request = {
            "REQUEST_METHOD": "GET",
            "wsgi.url_scheme": "http",
            "HTTP_HOST": "example.org",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "example.org",
            "SERVER_PORT": "80",
            "wsgi.input": io.BytesIO(),
            **environ,
        }
        chunks = self.wsgi(request, lambda *args: start.extend(args))
        body = b"".join(chunks)
        getattr(chunks, "close", bool)()
        status, pairs = start
        return Reply(int(status[:3]), {name.lower(): value for name, value in pairs}, body, pairs)

    def counts(self) -> dict[str, int]:
        """Return the counters by name."""
        from broadsheet.pagecache.stats import COUNTERS  # noqa: PLC0415

        return dict(zip(COUNTERS, self.cache.count, strict=True))


def run_in_parallel(*jobs: Callable[[], object]) -> None:
    """Run all in parallel threads and wait for them."""
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
