"""Page cache: serves and stores responses in front of Django."""

import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import Error

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache import stats
from broadsheet.pagecache.cdn_headers import CDN, NGINX_STORABLE, is_stored_by_nginx
from broadsheet.pagecache.change_tracking import ChangeTracker, change_tracker
from broadsheet.pagecache.compression import negotiate
from broadsheet.pagecache.database_circuit_breaker import CircuitBreaker
from broadsheet.pagecache.entries import CacheEntry, Headers, RawResponse, has_known_vary
from broadsheet.pagecache.error_responses import needs_database
from broadsheet.pagecache.lru import TaggedLRU
from broadsheet.pagecache.request_key import CacheRequest
from broadsheet.pagecache.single_flight import KeyedLocks, SingleFlight
from broadsheet.pagecache.stats import (
    BYTES,
    DROPPED,
    ENTRIES,
    EVICTED,
    HITS,
    MISSES,
    NOT_MODIFIED,
    NOT_VALIDATED,
    POLLS,
    STORED,
    UNCACHEABLE,
)
from broadsheet.pagecache.tags import EVERYTHING, HEADER, PAGE_ID_HEADER

#: Limits of stored entries: characters of the key, and bytes of the entry.
MAX_KEY_LENGTH, MAX_ENTRY_BYTES = 2_000, 2_000_000
#: Seconds to wait for the database to validate the cache.
VALIDATION_TIMEOUT = 5
#: WSGI environ key of the Rendering: the page cache compresses this response and compares its ETag.
RENDERING = "broadsheet.pagecache"
#: Number of uncacheable URLs that are remembered. Requests for them do not wait for each other.
MAX_UNCACHEABLE = 4_096
_INTERNAL = frozenset({HEADER.lower(), PAGE_ID_HEADER.lower()})
_TAGS = HEADER.lower()
#: Statuses of a URL that no longer has a page.
_REPLACES_PAGE = {"301", "302", "307", "308", "404", "410"}


#: Counts a view of the page with an id (`set_page_id`); gets the WSGI environ, and must not block.
type RecordView = Callable[[str, Mapping[str, Any]], object]


class Rendering:
    """A page that is being rendered, and the tags invalidated meanwhile.

    `snapshot` is the minimum state that the page must show: a snapshot of PostgreSQL, or empty
    for everything that is committed.
    """

    __slots__ = ("invalidated", "key", "snapshot")

    def __init__(self, key: str, snapshot: str) -> None:
        self.key = key
        self.invalidated: set[str] = set()
        self.snapshot = snapshot


class Cache:
    """Responses in memory, validated before each use.

    It is independent of the server: adapters call `get` before Django, and `put` with Django's
    response. If the database cannot validate a response, it is not served, unless it was valid
    within the time that the owner allows (settings.STALE_IF_ERROR_SECONDS). `record_view` is called
    for each GET of a page with an id, whether it is a hit, a miss or answered with 304.
    """

    def __init__(
        self,
        tracker: Callable[[], ChangeTracker] = change_tracker,
        *,
        record_view: RecordView | None = None,
    ) -> None:
        self.locks = KeyedLocks()
        self.proxies: int = settings.PROXIES
        self._record_view = record_view
        self._cdn = CDN.from_settings()
        self._entries = TaggedLRU(settings.PAGE_CACHE_BYTES)
        self._renderings: set[Rendering] = set()
        self._may_cache = True
        self._uncacheable: dict[int, None] = {}
        self._lock = threading.RLock()
        self._validation = SingleFlight(self._apply_changes, VALIDATION_TIMEOUT)
        self._tracker = tracker()
        self._breaker = CircuitBreaker(self._validation)
        self._validated_at = -math.inf
        self._open_stats()
        os.register_at_fork(after_in_child=self._open_stats)

    def _open_stats(self) -> None:
        """Open the hit and miss counters of this process."""
        self.count = stats.open_stats(settings.RUN / "pages")

    def get(self, request: CacheRequest) -> RawResponse | None:
        """Return the response, if it is cached and fresh."""
        return self.lookup(request) if self._tracker.is_current() or self.is_fresh() else None

    def is_current(self) -> bool:
        """Return whether it is certain, without waiting, that cached responses are valid."""
        return self._tracker.is_current()

    def is_fresh(self) -> bool:
        """Return whether cached responses are valid, or were valid recently enough."""
        return (
            self.validate()
            or time.monotonic() - self._validated_at < settings.STALE_IF_ERROR_SECONDS
        )

    def validate(self) -> bool:
        """Drop invalidated entries; return whether the database responded."""
        if not self._breaker.is_open:
            started = time.monotonic()
            try:
                self._validation()
            except (Error, TimeoutError):
                self._breaker.record_failure(time.monotonic() - started)
            else:
                return True
        self.count[NOT_VALIDATED] += 1
        return False

    def is_unavailable(self, path: str) -> bool:
        """Return whether a response needs the database, which is known not to respond.

        Starts the watchdog of waiting connections.
        """
        connection_watchdog.start()
        return self._breaker.is_open and needs_database(path)

    def lookup(self, request: CacheRequest) -> RawResponse | None:
        """Return the response, if it is cached. Call this after validating the cache."""
        entry = self._entries.get(request.key)
        if entry is None or (entry.is_anonymous_only and request.has_credentials):
            return None
        coding = negotiate(request.accept_encoding)
        variant = entry.get_variant(coding)
        if variant is None:
            with self._lock:
                variant = entry.variant(coding)
                self._entries.update_size(request.key)
                self._count_size()
        self.count[HITS] += 1
        if entry.page_id and not request.is_head and self._record_view is not None:
            self._record_view(entry.page_id, request.environ)
        if request.if_none_match and _matches(request.if_none_match, variant.etag):
            self.count[NOT_MODIFIED] += 1
            return variant.not_modified
        return variant.head if request.is_head else variant.full

    def _apply_changes(self) -> None:
        """Drop entries with tags that were invalidated. Only one thread at a time runs this."""
        connection_watchdog.start()
        started = time.monotonic()
        try:
            changes = self._tracker.poll()
        except Error:
            self._tracker.reset()
            raise
        with self._lock:
            self.count[POLLS] += 1
            if changes.may_cache is not None:
                self._may_cache = changes.may_cache
            if EVERYTHING in changes.tags or not self._may_cache:
                dropped = self._entries.clear()
            else:
                dropped = self._entries.drop_tagged(changes.tags)
            for rendering in self._renderings:
                rendering.invalidated |= changes.tags
            self._tracker.ack(changes.position)
            self._validated_at = started
            self.count[DROPPED] += dropped
            self._count_size()

    def may_be_cacheable(self, request: CacheRequest) -> bool:
        """Return False if the last response with the same key was uncacheable."""
        return request.uncacheable_key() not in self._uncacheable

    def begin(self, key: str) -> Rendering:
        """Start a rendering.

        Tags that are invalidated from now on are recorded; the rendering sees earlier changes.
        """
        with self._lock:
            rendering = Rendering(key, self._tracker.snapshot)
            self._renderings.add(rendering)
        return rendering

    def end(self, rendering: Rendering) -> None:
        """Stop recording."""
        with self._lock:
            self._renderings.discard(rendering)

    def record_uncacheable(self, request: CacheRequest) -> None:
        """Record that the response to `request` is uncacheable."""
        self.count[UNCACHEABLE] += 1
        with self._lock:
            self._uncacheable[request.uncacheable_key()] = None
            if len(self._uncacheable) > MAX_UNCACHEABLE:
                del self._uncacheable[next(iter(self._uncacheable))]

    def put(
        self, rendering: Rendering, request: CacheRequest, headers: Headers, body: bytes
    ) -> RawResponse:
        """Return the rendered response; store it if none of its tags was invalidated meanwhile."""
        self.count[MISSES] += 1
        entry = CacheEntry(headers, body, self._cdn)
        coding = negotiate(request.accept_encoding)
        variant = entry.variant(coding)
        entry.compact(coding)
        if not self._is_storable(entry, request):
            self.record_uncacheable(request)
        elif self._store(entry, rendering):
            self.count[STORED] += 1
        if entry.page_id and not request.is_head and self._record_view is not None:
            self._record_view(entry.page_id, request.environ)
        if request.if_none_match and _matches(request.if_none_match, variant.etag):
            return variant.not_modified
        return variant.head if request.is_head else variant.full

    def _is_storable(self, entry: CacheEntry, request: CacheRequest) -> bool:
        """Return whether the size, key and credentials allow to store the response."""
        return (
            len(request.key) <= MAX_KEY_LENGTH
            and entry.size <= min(MAX_ENTRY_BYTES, self._entries.capacity)
            and not (entry.is_anonymous_only and request.has_credentials)
        )

    def _store(self, entry: CacheEntry, rendering: Rendering) -> bool:
        """Store the entry if it is valid. A later poll finds tags invalidated afterwards."""
        invalidated = rendering.invalidated
        with self._lock:
            is_valid = EVERYTHING not in invalidated and entry.tags.isdisjoint(invalidated)
            if not (self._may_cache and is_valid):
                return False
            self._entries.put(rendering.key, entry)
            self._count_size()
            return True

    def _count_size(self) -> None:
        self.count[ENTRIES] = len(self._entries)
        self.count[BYTES] = self._entries.bytes
        self.count[EVICTED] = self._entries.evicted


def uncached_headers(request: CacheRequest, status: str, headers: Headers) -> Headers:
    """Return the headers of a response that is not cached: without tags and page ID.

    nginx may replace its copy of the page at this URL with an error or a redirect, so that it does
    not serve a withdrawn page while the application is down.
    """
    remaining = [pair for pair in headers if pair[0].lower() not in _INTERNAL]
    if status[:3] in _REPLACES_PAGE and not request.has_credentials and is_stored_by_nginx():
        remaining.append(NGINX_STORABLE)
    return remaining


def is_cacheable(status: str, headers: Headers) -> bool:
    """Return whether Django declares a response to be the same for everyone.

    A response that varies by a request header outside the key is not cacheable.
    """
    if not status.startswith("200"):
        return False
    names = {name.lower() for name, _value in headers}
    return _TAGS in names and "set-cookie" not in names and has_known_vary(headers)


def _matches(if_none_match: str, etag: str) -> bool:
    """Compare ETags weakly (RFC 9110, 13.1.2)."""
    if if_none_match == etag:
        return True
    etags = (value.strip().removeprefix("W/") for value in if_none_match.split(","))
    return any(value in {etag, "*"} for value in etags)
