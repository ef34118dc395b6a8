"""The page cache: what may be answered without Django, and what is kept."""

import os
import threading
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import DatabaseError

from broadsheet.pagecache import counters
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
from broadsheet.pagecache.pages import Answer, Headers, Page, Shelf
from broadsheet.pagecache.stamps import EVERYTHING, HEADER
from broadsheet.pagecache.turns import Together, Turns

#: A longer address than this is not kept, nor a larger answer.
LONGEST_KEY, LARGEST = 2_000, 2_000_000
#: Where requests say that the page cache stands in front and completes the answers it may keep.
MARK = "broadsheet.pagecache"
#: How many addresses are remembered as such that nobody need wait for.
REMEMBERED = 4_096


class Asked:
    """A request as far as the cache cares. `scheme` and `host` are those that the client used."""

    __slots__ = ("accept_encoding", "if_none_match", "is_head", "is_known", "key")

    def __init__(
        self,
        scheme: str,
        host: str,
        path: str,
        query: str,
        accept_encoding: str,
        if_none_match: str,
        is_head: bool,  # noqa: FBT001 - once per request, where keywords would cost a tenth
        is_known: bool,  # noqa: FBT001
    ) -> None:
        self.key = f"{scheme}://{host}{path}{known_parameters(path, query) if query else ''}"
        self.accept_encoding = accept_encoding
        self.if_none_match = if_none_match
        self.is_head = is_head
        self.is_known = is_known


class Rendering:
    """A page in the making, and what was stamped meanwhile."""

    __slots__ = ("key", "moved")

    def __init__(self, key: str) -> None:
        self.key = key
        self.moved: set[str] = set()


@lru_cache(maxsize=1_024)
def known_parameters(path: str, query: str) -> str:
    """Return the part of a query that the page depends on, in one order."""
    known = next(n for prefix, n in settings.PAGE_PARAMETERS.items() if path.startswith(prefix))
    if known is None:
        return f"?{query}"
    pairs = dict(parse_qsl(query))
    kept = sorted((name, value) for name, value in pairs.items() if name in known)
    return f"?{urlencode(kept)}" if kept else ""


class Cache:
    """Pages in memory, and the proof that they still hold.

    It knows no server: adapters ask `find` before Django, and give what Django answers to `keep`.
    Where the database cannot say whether a page holds, it is not served from here.
    """

    def __init__(self, clock: Callable[[], Clock] = clock) -> None:
        self.turns = Turns()
        self.trusts_proxy = settings.PROXIES > 0
        self._tags = settings.CDN_TAGS
        self._shelf = Shelf(settings.PAGE_CACHE_BYTES)
        self._renderings: set[Rendering] = set()
        self._may_keep = True
        self._passing: dict[str, None] = {}
        self._lock = threading.RLock()
        self._together = Together(self._look)
        self._clock = clock()
        self._count_alone()
        os.register_at_fork(after_in_child=self._count_alone)

    def _count_alone(self) -> None:
        """Count for this process."""
        self.count = counters.of_this_process(settings.RUN / "pages")

    def find(self, asked: Asked) -> Answer | None:
        """Return the answer, if it is kept and holds."""
        try:
            if not self._clock.is_current():
                self._together()
        except DatabaseError:
            self._doubt()
            return None
        page = self._shelf.get(asked.key)
        if page is None or (page.is_for_strangers and asked.is_known):
            return None
        coding = choose(asked.accept_encoding)
        variant = page.ready(coding)
        if variant is None:
            with self._lock:
                variant = page.variant(coding)
                self._shelf.weigh(asked.key)
        self.count[HITS] += 1
        if asked.if_none_match and _matches(asked.if_none_match, variant.etag):
            self.count[NOT_MODIFIED] += 1
            return variant.unchanged
        return variant.head if asked.is_head else variant.whole

    @property
    def is_quick(self) -> bool:
        """Whether `find` need not wait for the network."""
        return self._clock.is_quick

    def _doubt(self) -> None:
        """Begin anew: the database could not say whether pages still hold."""
        with self._lock:
            self._clock.forget()
        self.count[UNPROVEN] += 1

    def _look(self) -> None:
        """Drop what was made from what has changed."""
        with self._lock:
            moved = self._clock.look()
            self.count[LOOKS] += 1
            if moved.may_keep is not None:
                self._may_keep = moved.may_keep
            if EVERYTHING in moved.stamps or not self._may_keep:
                dropped = self._shelf.clear()
            else:
                dropped = self._shelf.drop_stamped(moved.stamps)
            for rendering in self._renderings:
                rendering.moved |= moved.stamps
            self._clock.settle(moved.now)
            self.count[DROPPED] += dropped
            self._weigh()

    def is_worth_waiting(self, key: str) -> bool:
        """Return whether who asks for `key` may hope that somebody else's rendering is kept."""
        return key not in self._passing

    def begin(self, key: str) -> Rendering:
        """Begin to render what was not found.

        From now on it is noted what is stamped; what was stamped before, the rendering reads.
        """
        rendering = Rendering(key)
        with self._lock:
            self._renderings.add(rendering)
        return rendering

    def end(self, rendering: Rendering) -> None:
        """Stop noting."""
        with self._lock:
            self._renderings.discard(rendering)

    def pass_on(self, key: str) -> None:
        """Remember that what stands under `key` was not one to keep."""
        self.count[PASSED] += 1
        self._passing[key] = None
        if len(self._passing) > REMEMBERED:
            self._passing.pop(next(iter(self._passing)), None)

    def keep(self, rendering: Rendering, asked: Asked, headers: Headers, body: bytes) -> Answer:
        """Return the answer that was rendered, and keep it if nothing it shows moved meanwhile."""
        self.count[MISSES] += 1
        page = Page(headers, body, self._tags)
        coding = choose(asked.accept_encoding)
        variant = page.variant(coding)
        page.compact(coding)
        with self._lock:
            if self._holds(page, rendering, asked):
                self._shelf.put(rendering.key, page)
                self._passing.pop(rendering.key, None)
                self.count[KEPT] += 1
                self._weigh()
        if asked.if_none_match and _matches(asked.if_none_match, variant.etag):
            return variant.unchanged
        return variant.head if asked.is_head else variant.whole

    def _holds(self, page: Page, rendering: Rendering, asked: Asked) -> bool:
        """Return whether the page may be kept. What is stamped from now on, a later look finds."""
        return (
            self._may_keep
            and len(rendering.key) <= LONGEST_KEY
            and page.size <= min(LARGEST, self._shelf.capacity)
            and page.stamps.isdisjoint(rendering.moved)
            and EVERYTHING not in rendering.moved
            and not (page.is_for_strangers and asked.is_known)
        )

    def _weigh(self) -> None:
        self.count[PAGES] = len(self._shelf)
        self.count[BYTES] = self._shelf.bytes
        self.count[EVICTED] = self._shelf.evicted


def is_kept(status: str, headers: Headers) -> bool:
    """Return whether Django's answer says that it is the same for everyone."""
    if not status.startswith("200"):
        return False
    names = {name.lower() for name, _value in headers}
    return HEADER.lower() in names and "set-cookie" not in names


def _matches(if_none_match: str, etag: str) -> bool:
    """Compare as RFC 9110 13.1.2 says: weakly."""
    if if_none_match == etag:
        return True
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in {etag, "*"} for tag in tags)
