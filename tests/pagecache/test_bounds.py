"""The cache is limited in bytes, and requests of anonymous users cannot fill the memory."""

import sys
from typing import Any

import pytest
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pytest_django import Settings

from broadsheet.pagecache import request_key, stats
from broadsheet.pagecache.cache import MAX_ENTRY_BYTES, MAX_KEY_LENGTH, MAX_UNCACHEABLE
from broadsheet.pagecache.entries import CacheEntry
from broadsheet.pagecache.lru import TaggedLRU
from broadsheet.pagecache.tags import HEADER
from tests.pagecache.visitors import FakeApplication, Visitor

CAPACITY = 40_000


def page(tags: str, length: int) -> CacheEntry:
    return CacheEntry([("Content-Type", "text/html"), (HEADER, tags)], b"x" * length)


KEYS = st.sampled_from("abcdefgh")
TAGS = st.lists(st.sampled_from(["s1", "s2", "s3", "s4"]), max_size=3).map(" ".join)


class LruMatchesModel(RuleBasedStateMachine):
    """The LRU holds what was put there and not evicted or dropped since, within its capacity."""

    def __init__(self) -> None:
        super().__init__()
        self.lru: TaggedLRU = TaggedLRU(CAPACITY)
        self.model: dict[str, CacheEntry] = {}
        self.evicted = 0

    def apply_evictions(self) -> None:
        """Remove from the model what the LRU evicted, which must be no more than necessary."""
        removed = self.model.keys() - self.lru.items().keys()
        assert not removed or sum(page.size for page in self.model.values()) > CAPACITY
        for key in removed:
            del self.model[key]
        self.evicted += len(removed)

    @rule(key=KEYS, tags=TAGS, length=st.integers(0, 20_000))
    def put(self, key: str, tags: str, length: int) -> None:
        new = page(tags, length)
        self.lru.put(key, new)
        self.model[key] = new
        self.apply_evictions()

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.lru.get(key) is self.model.get(key)

    @rule(key=KEYS, coding=st.sampled_from(["br", "gzip", "zstd", ""]))
    def grow(self, key: str, coding: str) -> None:
        if key in self.model:
            self.model[key].variant(coding)
        self.lru.update_size(key)
        self.apply_evictions()

    @rule(key=KEYS)
    def drop(self, key: str) -> None:
        self.lru.drop(key)
        self.model.pop(key, None)

    @rule(tags=st.sets(st.sampled_from(["s1", "s2", "s3", "s4", "s5"])))
    def drop_tagged(self, tags: set[str]) -> None:
        removed = [key for key, entry in self.model.items() if entry.tags & tags]
        assert self.lru.drop_tagged(tags) == len(removed)
        for key in removed:
            del self.model[key]

    @rule()
    def clear(self) -> None:
        assert self.lru.clear() == len(self.model)
        self.model.clear()

    @invariant()
    def matches_the_model(self) -> None:
        assert self.lru.items() == self.model
        assert len(self.lru) == len(self.model)
        assert self.lru.evicted == self.evicted

    @invariant()
    def counts_its_bytes(self) -> None:
        assert self.lru.bytes == sum(entry.size for entry in self.model.values())
        assert self.lru.bytes <= CAPACITY
        sizes = [self.model[key].size for key in self.lru._protected]
        assert self.lru._protected_bytes == sum(sizes)
        assert self.lru._protected.keys() | self.lru._probation.keys() == self.model.keys()
        assert self.lru._protected.keys().isdisjoint(self.lru._probation)

    @invariant()
    def indexes_exactly_its_entries(self) -> None:
        index: dict[str, set[str]] = {}
        for key, entry in self.model.items():
            for tag in entry.tags:
                index.setdefault(tag, set()).add(key)
        assert dict(self.lru._keys_by_tag) == index


LruMatchesModel.TestCase.settings = limits(stateful_step_count=40)
TestLru = LruMatchesModel.TestCase


def test_pages_requested_once_do_not_evict_pages_requested_repeatedly() -> None:
    lru: TaggedLRU = TaggedLRU(10 * page("", 0).size)
    lru.put("home", page("", 0))
    for number in range(100):
        assert lru.get("home")
        for once in range(20):  # twice as many as fit, between two requests
            lru.put(f"{number} {once}", page("", 0))
    assert lru.get("home")


def test_the_oldest_page_requested_only_once_is_evicted_first() -> None:
    lru: TaggedLRU = TaggedLRU(3 * page("", 0).size)
    for key in "abcd":
        lru.put(key, page("", 0))
    assert list(lru.items()) == ["b", "c", "d"]


def test_pages_no_longer_requested_are_evicted_for_current_ones() -> None:
    lru: TaggedLRU = TaggedLRU(5 * page("", 0).size)
    for keys in ("abcde", "vwxyz"):
        for _ in range(30):
            for key in keys:
                if not lru.get(key):
                    lru.put(key, page("", 0))
    assert lru.items().keys() >= set("wxyz")


@pytest.fixture
def application() -> FakeApplication:
    return FakeApplication()


@pytest.fixture
def visitor(application: FakeApplication) -> Visitor:
    return Visitor(application)


def test_the_least_recently_requested_page_is_evicted(
    application: FakeApplication, settings: Settings
) -> None:
    settings.PAGE_CACHE_BYTES = 50_000
    application.body = b"x" * 10_000
    visitor = Visitor(application)
    for path in ("/a", "/b", "/c", "/a", "/d", "/e"):  # three of five fit
        visitor.get(path)
    before = len(application.requests)
    visitor.get("/a")
    visitor.get("/e")
    assert len(application.requests) == before
    visitor.get("/b")
    assert len(application.requests) == before + 1
    counts = visitor.counts()
    assert counts["bytes"] <= 50_000
    assert counts["evicted"] > 0
    assert counts["pages"] == len(visitor.cache._entries)


def test_the_size_of_a_page_includes_its_compressed_variants(
    application: FakeApplication, settings: Settings
) -> None:
    settings.PAGE_CACHE_BYTES = 50_000
    application.body = bytes(range(256)) * 40
    visitor = Visitor(application)
    for path in ("/a", "/b", "/c"):
        for coding in ("", "gzip", "br", "zstd"):
            visitor.get(path, HTTP_ACCEPT_ENCODING=coding)
            assert visitor.cache._entries.bytes <= 50_000
            assert visitor.counts()["bytes"] == visitor.cache._entries.bytes


def test_the_default_cache_size_is_16_megabytes(settings: Settings) -> None:
    assert settings.PAGE_CACHE_BYTES == 16_000_000


def test_the_estimated_size_of_an_entry_is_close_to_its_real_size(
    application: FakeApplication,
) -> None:
    entry = page("site posts " + " ".join(f"post:{n:032x}" for n in range(20)), 10_000)
    seen: set[int] = set()

    def real_size(value: Any) -> int:
        if id(value) in seen or isinstance(value, type):
            return 0
        seen.add(id(value))
        parts: list[Any] = []
        if isinstance(value, dict):
            parts = [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | frozenset):
            parts = list(value)
        elif isinstance(value, CacheEntry):
            parts = [getattr(value, slot) for slot in CacheEntry.__slots__]
        return sys.getsizeof(value) + sum(real_size(part) for part in parts)

    assert 0.5 < real_size(entry) / entry.size < 1.2


def test_a_large_response_is_served_and_not_cached(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.body = b"x" * MAX_ENTRY_BYTES
    for _ in range(2):
        assert visitor.get().body == application.body
    assert visitor.counts()["pages"] == 0
    assert len(application.requests) == 2
    assert visitor.cache._uncacheable, "no request waits for it"


def test_nothing_is_cached_if_the_cache_size_is_zero(
    application: FakeApplication, settings: Settings
) -> None:
    settings.PAGE_CACHE_BYTES = 0
    visitor = Visitor(application)
    first, second = visitor.get(HTTP_ACCEPT_ENCODING="br"), visitor.get(HTTP_ACCEPT_ENCODING="br")
    assert first == second
    assert first.headers["content-encoding"] == "br"
    assert len(application.requests) == 2


def test_a_page_whose_url_is_too_long_is_not_cached(
    visitor: Visitor, application: FakeApplication
) -> None:
    for request in (
        {"path": "/" + "a" * MAX_KEY_LENGTH},
        {"query": "after=" + "a" * MAX_KEY_LENGTH},
    ):
        visitor.get(**request)
        visitor.get(**request)
    assert len(application.requests) == 4
    assert visitor.counts()["pages"] == 0


def test_many_requests_for_missing_pages_use_bounded_memory(
    visitor: Visitor, application: FakeApplication
) -> None:
    application.status = "404 Not Found"
    for number in range(MAX_UNCACHEABLE + 500):
        visitor.get(f"/{number:05}" + "x" * 100)
    assert visitor.counts()["pages"] == 0
    assert len(visitor.cache._uncacheable) == MAX_UNCACHEABLE
    assert sys.getsizeof(visitor.cache._uncacheable) + MAX_UNCACHEABLE * 32 < 1_000_000
    assert not visitor.cache._renderings


def test_long_query_strings_are_not_memoized(visitor: Visitor) -> None:
    request_key._filter_query.cache_clear()
    for number in range(200):
        visitor.get("/", f"x={number}&y=" + "z" * 10_000)
    assert request_key._filter_query.cache_info().currsize == 0
    assert visitor.counts()["pages"] == 1


def test_many_values_of_a_query_parameter_stay_within_the_cache_size(
    application: FakeApplication, settings: Settings
) -> None:
    settings.PAGE_CACHE_BYTES = 100_000
    visitor = Visitor(application)
    for number in range(500):
        visitor.get("/", f"after={number}")
    assert visitor.cache._entries.bytes <= 100_000
    assert len(visitor.cache._entries._keys_by_tag) == 2


def test_the_counters_of_an_ended_process_are_deleted(settings: Settings) -> None:
    folder = settings.RUN / "pages"
    stats.open_stats(folder)
    counters_file = stats.stats_file(folder, 2**22 + 1)
    counters_file.write_bytes(bytes(8 * len(stats.COUNTERS)))
    assert 2**22 + 1 not in dict(stats.read_all_stats(folder))
    assert not counters_file.exists()


def test_counters_of_another_version_or_machine_are_left_unchanged(settings: Settings) -> None:
    folder = settings.RUN / "pages"
    before = dict(stats.read_all_stats(folder))
    (folder / "another-machine.1").write_bytes(b"")
    stats.stats_file(folder, 1).write_bytes(b"12345678")
    assert dict(stats.read_all_stats(folder)) == before
    stats.stats_file(folder, 1).unlink()
