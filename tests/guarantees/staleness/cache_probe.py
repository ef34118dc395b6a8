"""Cache probe: reads pages with and without the page cache, and compares them."""

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
    """A response with everything that a visitor gets."""

    status: str
    headers: frozenset[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header, or an empty string."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")

    @property
    def code(self) -> int:
        return int(self.status[:3])


@cache
def django() -> WSGIHandler:
    """Return the site without the page cache; its middleware is loaded once."""
    return get_wsgi_application()


def send(application: Application, url: str, *, method: str = "GET", **headers: str) -> Reply:
    """Send a request as a WSGI server does. Headers are passed as `if_none_match="…"`."""
    head: list[Any] = []
    chunks = application(environ(url, method, **headers), lambda *args: head.extend(args))
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", bool)()
    return Reply(head[0], frozenset(head[1]), body)


def environ(url: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """Return the WSGI environment of a request."""
    path, _, query = url.partition("?")
    meta = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    path_info = unquote(path).encode().decode("latin-1")
    base = {
        **_base_environ(),
        "REQUEST_METHOD": method,
        "PATH_INFO": path_info,
        "QUERY_STRING": query,
    }
    return {**base, "wsgi.input": BytesIO(), **meta}


@cache
def _base_environ() -> dict[str, Any]:
    base = RequestFactory().get("/", headers={"host": "localhost:8000"}).environ
    del base["HTTP_COOKIE"]
    return base


class CacheProbe:
    """The site with a page cache, and the same site without one."""

    def __init__(self, wrap: Callable[[Application], Application] = lambda inner: inner) -> None:
        self.cache = Cache()
        self._with_cache = WSGI(wrap(django()), self.cache)
        self._empty_cache = Cache()
        self._empty_cache._entries = TaggedLRU(0)
        self._without_cache = WSGI(django(), self._empty_cache)

    def close(self) -> None:
        """Close the connections."""
        self.cache._tracker.reset()
        self._empty_cache._tracker.reset()

    def uncached(self, url: str, **headers: str) -> Reply:
        """Return the newly rendered response, completed as the cache completes uncached ones."""
        return send(self._without_cache, url, **headers)

    def read(self, url: str, **headers: str) -> tuple[Reply, bool]:
        """Return the response that visitors get, and whether it was a hit."""
        before = self.cache.count[HITS]
        reply = send(self._with_cache, url, **headers)
        return reply, self.cache.count[HITS] > before

    def tags(self, snapshot: "CacheSnapshot", url: str) -> frozenset[str]:
        """Return the cache tags of a cached page."""
        return snapshot.pages[CacheRequest(environ(url), 0).key].tags

    def snapshot(self, urls: Iterable[str]) -> "CacheSnapshot":
        """Fill an empty cache with all `urls`; return its contents."""
        self.clear()
        replies = {url: self.read(url)[0] for url in urls}
        cached = [url for url in replies if self.read(url)[1]]
        return CacheSnapshot(replies, cached, self.cache._entries.items())

    def clear(self) -> None:
        """Empty the cache."""
        caches["throttle"].clear()
        self.cache._tracker.reset()
        self.cache._apply_changes()
        assert len(self.cache._entries) == 0

    def restore(self, snapshot: "CacheSnapshot") -> None:
        """Fill the cache from `snapshot`. The database must be as it was then."""
        self.clear()
        for key, page in snapshot.pages.items():
            self.cache._entries.put(key, page)

    def is_filled(self, snapshot: "CacheSnapshot") -> bool:
        """Return whether all cached pages of `snapshot` are hits and unchanged."""
        return all(self.read(url) == (snapshot.replies[url], True) for url in snapshot.cached)

    def compare(self, snapshot: "CacheSnapshot", urls: Iterable[str] | None = None) -> "Comparison":
        """Read the cached pages, or `urls`, again; compare hits with newly rendered pages."""
        caches["throttle"].clear()  # this sends more requests than the limit allows
        comparison = Comparison(set(), set(), set(), {})
        for url in snapshot.cached if urls is None else urls:
            before = snapshot.replies[url]
            reply, was_cached = self.read(url)
            if was_cached:
                comparison.cached.add(url)
                fresh = self.uncached(url)
                if fresh != reply:
                    comparison.stale.add(url)
                reply = fresh
            if reply != before:
                comparison.changed.add(url)
            comparison.replies[url] = reply
        return comparison


class CacheSnapshot(NamedTuple):
    """Responses while the cache was filled, URLs that it caches, and its contents."""

    replies: dict[str, Reply]
    cached: list[str]
    pages: dict[str, CacheEntry]


class Comparison(NamedTuple):
    """URLs: stale hits, changed responses, all hits; and the current responses."""

    stale: set[str]
    changed: set[str]
    cached: set[str]
    replies: dict[str, Reply]


def cookies(jar: SimpleCookie) -> str:
    """Return the Cookie header of a browser with these cookies."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
