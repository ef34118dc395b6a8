"""The instrument: a site's pages, read through the cache and beside it, and compared."""

from collections.abc import Callable, Iterable
from functools import cache
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

from broadsheet.pagecache.cache import Cache
from broadsheet.pagecache.entries import CacheEntry
from broadsheet.pagecache.lru import TaggedLRU
from broadsheet.pagecache.request_key import CacheRequest
from broadsheet.pagecache.stats import HITS
from broadsheet.pagecache.wsgi import WSGI, Application


class Reply(NamedTuple):
    """All of an answer that a reader gets."""

    status: str
    headers: frozenset[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header; empty where there is none."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")

    @property
    def code(self) -> int:
        return int(self.status[:3])


@cache
def django() -> WSGIHandler:
    """Return the site without the page cache; its middleware is read once."""
    return get_wsgi_application()


def ask(application: Application, address: str, *, method: str = "GET", **headers: str) -> Reply:
    """Ask as a server would. Headers are written as `if_none_match="…"`."""
    said: list[Any] = []
    body = application(environ(address, method, **headers), lambda *head: said.extend(head))
    try:
        whole = b"".join(body)
    finally:
        getattr(body, "close", bool)()
    return Reply(said[0], frozenset(said[1]), whole)


def environ(address: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """Return a request as WSGI has it."""
    path, _, query = address.partition("?")
    given = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    path_info = unquote(path).encode().decode("latin-1")
    made = {**_anyone(), "REQUEST_METHOD": method, "PATH_INFO": path_info, "QUERY_STRING": query}
    return {**made, "wsgi.input": BytesIO(), **given}


@cache
def _anyone() -> dict[str, Any]:
    made = RequestFactory().get("/", headers={"host": "localhost:8000"}).environ
    del made["HTTP_COOKIE"]
    return made


class Instrument:
    """One page cache before one Django, and the same Django without."""

    def __init__(self, before: Callable[[Application], Application] = lambda inner: inner) -> None:
        self.cache = Cache()
        self.kept = WSGI(before(django()), self.cache)
        self._nothing = Cache()
        self._nothing._entries = TaggedLRU(0)
        self._fresh = WSGI(django(), self._nothing)

    def close(self) -> None:
        """Give up the connections."""
        self.cache._tracker.reset()
        self._nothing._tracker.reset()

    def fresh(self, address: str, **headers: str) -> Reply:
        """Return what Django answers now, finished as the cache finishes what it does not keep."""
        return ask(self._fresh, address, **headers)

    def read(self, address: str, **headers: str) -> tuple[Reply, bool]:
        """Return what readers get, and whether it was kept."""
        before = self.cache.count[HITS]
        reply = ask(self.kept, address, **headers)
        return reply, self.cache.count[HITS] > before

    def tags(self, warm: "Warm", address: str) -> frozenset[str]:
        """Return what a page that is kept was made from."""
        return warm.pages[CacheRequest(environ(address), 0).key].tags

    def warm(self, addresses: Iterable[str]) -> "Warm":
        """Begin with an empty cache, and read everything."""
        self.forget()
        replies = {address: self.read(address)[0] for address in addresses}
        kept = [address for address in replies if self.read(address)[1]]
        return Warm(replies, kept, self.cache._entries.items())

    def forget(self) -> None:
        """Begin with an empty cache on the database as it is."""
        caches["throttle"].clear()
        self.cache._tracker.reset()
        self.cache._apply_changes()
        assert len(self.cache._entries) == 0

    def rewarm(self, warm: "Warm") -> None:
        """Hold again what `warm` held; the database is as it was then."""
        self.forget()
        for key, page in warm.pages.items():
            self.cache._entries.put(key, page)

    def is_warm(self, warm: "Warm") -> bool:
        """Whether all that `warm` kept is answered from the cache, as it was."""
        return all(self.read(address) == (warm.replies[address], True) for address in warm.kept)

    def compare(self, warm: "Warm", addresses: Iterable[str] | None = None) -> "Findings":
        """Read again what was kept, or `addresses`, and compare it with what is made afresh."""
        caches["throttle"].clear()  # it asks more often than one may
        found = Findings(set(), set(), set(), {})
        for address in warm.kept if addresses is None else addresses:
            before = warm.replies[address]
            reply, was_kept = self.read(address)
            if was_kept:
                found.kept.add(address)
                fresh = self.fresh(address)
                if fresh != reply:
                    found.stale.add(address)
                reply = fresh
            if reply != before:
                found.changed.add(address)
            found.replies[address] = reply
        return found


class Warm(NamedTuple):
    """What was read while the cache was filled, what of it is kept, and what the cache holds."""

    replies: dict[str, Reply]
    kept: list[str]
    pages: dict[str, CacheEntry]


class Findings(NamedTuple):
    """Addresses: what was kept though it had changed, what had changed, what was kept at all."""

    stale: set[str]
    changed: set[str]
    kept: set[str]
    replies: dict[str, Reply]


def cookies(jar: SimpleCookie) -> str:
    """Return a jar as the header that a browser sends."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
