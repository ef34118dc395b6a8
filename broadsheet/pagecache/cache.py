"""The page cache: what may be answered without Django, and what is kept."""

import math
import os
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache import counters
from broadsheet.pagecache.absence import Absence
from broadsheet.pagecache.asked import Asked
from broadsheet.pagecache.cdn import CDN, STORABLE, is_stored_by_nginx
from broadsheet.pagecache.clocks import Clock, clock
from broadsheet.pagecache.counters import (
    BYTES,
    DROPPED,
    EVICTED,
    HITS,
    KEPT,
    LOOKS,
    MISSES,
    NOT_MODIFIED,
    PAGES,
    PASSED,
    UNPROVEN,
)
from broadsheet.pagecache.encodings import choose
from broadsheet.pagecache.pages import Answer, Headers, Page, Shelf, has_understood_vary
from broadsheet.pagecache.refusals import needs_database
from broadsheet.pagecache.tags import EVERYTHING, HEADER
from broadsheet.pagecache.turns import Together, Turns

#: A longer address than this is not kept, nor a larger answer.
LONGEST_KEY, LARGEST = 2_000, 2_000_000
#: Seconds after which a database that has not answered by then is taken for one that will not.
PATIENCE = 5
#: Where requests say that the page cache stands in front and completes the answers it may keep.
MARK = "broadsheet.pagecache"
#: How many addresses are remembered as such that nobody need wait for.
REMEMBERED = 4_096
_TAGS = HEADER.lower()
#: Statuses of a URL that no longer has a page.
_REPLACES_PAGE = {"301", "302", "307", "308", "404", "410"}


class Rendering:
    """A page that is being rendered, and the tags invalidated meanwhile.

    `snapshot` is what the page must show at least: a snapshot of PostgreSQL, or empty for
    everything that is committed.
    """

    __slots__ = ("key", "moved", "snapshot")

    def __init__(self, key: str, snapshot: str) -> None:
        self.key = key
        self.moved: set[str] = set()
        self.snapshot = snapshot


class Cache:
    """Pages in memory, and the proof that they still hold.

    It knows no server: adapters ask `find` before Django, and give what Django answers to `keep`.
    Where the database cannot say whether a page holds, it is not served from here, unless it held
    within the time that the owner allows (settings.UNPROVEN_SECONDS).
    """

    def __init__(self, clock: Callable[[], Clock] = clock) -> None:
        self.turns = Turns(threading.Lock)
        self.trusts_proxy = settings.PROXIES > 0
        self._cdn = CDN.in_front()
        self._shelf: Shelf[Page] = Shelf(settings.PAGE_CACHE_BYTES)
        self._renderings: set[Rendering] = set()
        self._may_keep = True
        self._passing: dict[int, None] = {}
        self._lock = threading.RLock()
        self._together = Together(self._look, PATIENCE)
        self._clock = clock()
        self._absence = Absence(self._together)
        self._proven_at = -math.inf
        self._count_alone()
        os.register_at_fork(after_in_child=self._count_alone)

    def _count_alone(self) -> None:
        """Count for this process."""
        self.count = counters.of_this_process(settings.RUN / "pages")

    def find(self, asked: Asked) -> Answer | None:
        """Return the answer, if it is kept and holds."""
        return self.held(asked) if self._clock.is_current() or self.holds() else None

    def holds(self) -> bool:
        """Return whether what is kept holds, or held so lately that it is to be shown.

        How lately, while the database does not answer, is the owner's to say.
        """
        return self.prove() or time.monotonic() - self._proven_at < settings.UNPROVEN_SECONDS

    def prove(self) -> bool:
        """Make certain that what is kept holds; return whether the database could say so."""
        if not self._absence.is_known:
            began = time.monotonic()
            try:
                self._together()
            except (Error, TimeoutError):
                self._absence.note(time.monotonic() - began)
            else:
                return True
        self.count[UNPROVEN] += 1
        return False

    def is_cut_off(self, path: str) -> bool:
        """Return whether an answer needs the database and would wait for it in vain.

        From now on it is watched that nobody does.
        """
        connection_watchdog.start()
        return self._absence.is_known and needs_database(path)

    def held(self, asked: Asked) -> Answer | None:
        """Return the answer, if it is kept; whether it holds was proven since it was asked for."""
        page = self._shelf.get(asked.key)
        if page is None or (page.is_for_strangers and asked.is_known):
            return None
        coding = choose(asked.accept_encoding)
        variant = page.ready(coding)
        if variant is None:
            with self._lock:
                variant = page.variant(coding)
                self._shelf.weigh(asked.key)
                self._weigh()
        self.count[HITS] += 1
        if asked.if_none_match and _matches(asked.if_none_match, variant.etag):
            self.count[NOT_MODIFIED] += 1
            return variant.unchanged
        return variant.head if asked.is_head else variant.whole

    def is_current(self) -> bool:
        """Return whether it is certain, without waiting, that what is kept holds."""
        return self._clock.is_current()

    def _look(self) -> None:
        """Drop what was made from what has changed. One thread at a time comes here."""
        connection_watchdog.start()
        began = time.monotonic()
        try:
            moved = self._clock.look()
        except Error:
            self._clock.forget()
            raise
        with self._lock:
            self.count[LOOKS] += 1
            if moved.may_keep is not None:
                self._may_keep = moved.may_keep
            if EVERYTHING in moved.tags or not self._may_keep:
                dropped = self._shelf.clear()
            else:
                dropped = self._shelf.drop_tagged(moved.tags)
            for rendering in self._renderings:
                rendering.moved |= moved.tags
            self._clock.settle(moved.now)
            self._proven_at = began
            self.count[DROPPED] += dropped
            self._weigh()

    def is_worth_waiting(self, asked: Asked) -> bool:
        """Return whether who asks may hope that somebody else's rendering is kept."""
        return asked.passing not in self._passing

    def begin(self, key: str) -> Rendering:
        """Begin to render what was not found.

        From now on invalidated tags are noted; earlier changes are visible to the rendering.
        """
        with self._lock:
            rendering = Rendering(key, self._clock.seen)
            self._renderings.add(rendering)
        return rendering

    def end(self, rendering: Rendering) -> None:
        """Stop noting."""
        with self._lock:
            self._renderings.discard(rendering)

    def pass_on(self, asked: Asked) -> None:
        """Remember that what was answered was not one to keep."""
        self.count[PASSED] += 1
        with self._lock:
            self._passing[asked.passing] = None
            if len(self._passing) > REMEMBERED:
                del self._passing[next(iter(self._passing))]

    def keep(self, rendering: Rendering, asked: Asked, headers: Headers, body: bytes) -> Answer:
        """Return the answer that was rendered, and keep it if nothing it shows moved meanwhile."""
        self.count[MISSES] += 1
        page = Page(headers, body, self._cdn)
        coding = choose(asked.accept_encoding)
        variant = page.variant(coding)
        page.compact(coding)
        if not self._is_fit(page, asked):
            self.pass_on(asked)
        elif self._put(page, rendering):
            self.count[KEPT] += 1
        if asked.if_none_match and _matches(asked.if_none_match, variant.etag):
            return variant.unchanged
        return variant.head if asked.is_head else variant.whole

    def _is_fit(self, page: Page, asked: Asked) -> bool:
        """Return whether such a page may ever be kept for such a reader."""
        return (
            len(asked.key) <= LONGEST_KEY
            and page.size <= min(LARGEST, self._shelf.capacity)
            and not (page.is_for_strangers and asked.is_known)
        )

    def _put(self, page: Page, rendering: Rendering) -> bool:
        """Keep the page if it holds. A later look finds what is invalidated from now on."""
        with self._lock:
            if not self._holds(page.tags, rendering):
                return False
            self._shelf.put(rendering.key, page)
            self._weigh()
            return True

    def _holds(self, tags: frozenset[str], rendering: Rendering) -> bool:
        """Return whether what was read since the rendering began holds as far as is known."""
        moved = rendering.moved
        return self._may_keep and EVERYTHING not in moved and tags.isdisjoint(moved)

    def _weigh(self) -> None:
        self.count[PAGES] = len(self._shelf)
        self.count[BYTES] = self._shelf.bytes
        self.count[EVICTED] = self._shelf.evicted


def passed_headers(asked: Asked, status: str, headers: Headers) -> Headers:
    """Return the headers of a response that is not cached: without the cache tags.

    nginx may store an error or a redirect in place of the page that it has from this URL, so that
    a withdrawn page does not come back while the application is down.
    """
    passed = [pair for pair in headers if pair[0].lower() != _TAGS]
    if status[:3] in _REPLACES_PAGE and not asked.is_known and is_stored_by_nginx():
        passed.append(STORABLE)
    return passed


def is_kept(status: str, headers: Headers) -> bool:
    """Return whether Django's answer says that it is the same for everyone.

    It is not where it varies by a request header that is no part of the key.
    """
    if not status.startswith("200"):
        return False
    names = {name.lower() for name, _value in headers}
    is_shared = _TAGS in names and "set-cookie" not in names
    return is_shared and has_understood_vary(headers)


def _matches(if_none_match: str, etag: str) -> bool:
    """Compare as RFC 9110 13.1.2 says: weakly."""
    if if_none_match == etag:
        return True
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in {etag, "*"} for tag in tags)
