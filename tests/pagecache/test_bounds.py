"""What is kept is bounded in bytes, and what a stranger asks for cannot fill the memory."""

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
from tests.pagecache.visitors import Behind, Visitor

CAPACITY = 40_000


def page(tags: str, length: int) -> CacheEntry:
    return CacheEntry([("Content-Type", "text/html"), (HEADER, tags)], b"x" * length)


KEYS = st.sampled_from("abcdefgh")
TAGS = st.lists(st.sampled_from(["s1", "s2", "s3", "s4"]), max_size=3).map(" ".join)


class LruMatchesModel(RuleBasedStateMachine):
    """The LRU holds what was put there and has not gone since, within its capacity."""

    def __init__(self) -> None:
        super().__init__()
        self.lru: TaggedLRU = TaggedLRU(CAPACITY)
        self.model: dict[str, CacheEntry] = {}
        self.evicted = 0

    def make_room(self) -> None:
        """Take out of the model what the lru let go: no more than it had to."""
        gone = self.model.keys() - self.lru.items().keys()
        assert not gone or sum(page.size for page in self.model.values()) > CAPACITY
        for key in gone:
            del self.model[key]
        self.evicted += len(gone)

    @rule(key=KEYS, tags=TAGS, length=st.integers(0, 20_000))
    def put(self, key: str, tags: str, length: int) -> None:
        new = page(tags, length)
        self.lru.put(key, new)
        self.model[key] = new
        self.make_room()

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.lru.get(key) is self.model.get(key)

    @rule(key=KEYS, coding=st.sampled_from(["br", "gzip", "zstd", ""]))
    def grow(self, key: str, coding: str) -> None:
        if key in self.model:
            self.model[key].variant(coding)
        self.lru.update_size(key)
        self.make_room()

    @rule(key=KEYS)
    def drop(self, key: str) -> None:
        self.lru.drop(key)
        self.model.pop(key, None)

    @rule(tags=st.sets(st.sampled_from(["s1", "s2", "s3", "s4", "s5"])))
    def drop_tagged(self, tags: set[str]) -> None:
        gone = [key for key, held in self.model.items() if held.tags & tags]
        assert self.lru.drop_tagged(tags) == len(gone)
        for key in gone:
            del self.model[key]

    @rule()
    def clear(self) -> None:
        assert self.lru.clear() == len(self.model)
        self.model.clear()

    @invariant()
    def holds_the_same(self) -> None:
        assert self.lru.items() == self.model
        assert len(self.lru) == len(self.model)
        assert self.lru.evicted == self.evicted

    @invariant()
    def weighs_what_it_holds(self) -> None:
        assert self.lru.bytes == sum(held.size for held in self.model.values())
        assert self.lru.bytes <= CAPACITY
        known = [self.model[key].size for key in self.lru._protected]
        assert self.lru._protected_bytes == sum(known)
        assert self.lru._protected.keys() | self.lru._probation.keys() == self.model.keys()
        assert self.lru._protected.keys().isdisjoint(self.lru._probation)

    @invariant()
    def has_an_index_of_what_it_holds_and_no_more(self) -> None:
        index: dict[str, set[str]] = {}
        for key, held in self.model.items():
            for tag in held.tags:
                index.setdefault(tag, set()).add(key)
        assert dict(self.lru._keys_by_tag) == index


LruMatchesModel.TestCase.settings = limits(stateful_step_count=40)
TestLru = LruMatchesModel.TestCase


def test_what_is_asked_for_once_drives_out_nothing_that_is_asked_for_again() -> None:
    lru: TaggedLRU = TaggedLRU(10 * page("", 0).size)
    lru.put("home", page("", 0))
    for number in range(100):
        assert lru.get("home")
        for once in range(20):  # twice as many as there is room for, between two readers
            lru.put(f"{number} {once}", page("", 0))
    assert lru.get("home")


def test_of_what_was_asked_for_once_the_oldest_goes_first() -> None:
    lru: TaggedLRU = TaggedLRU(3 * page("", 0).size)
    for key in "abcd":
        lru.put(key, page("", 0))
    assert list(lru.items()) == ["b", "c", "d"]


def test_what_nobody_asks_for_any_more_goes_for_what_is_asked_for_now() -> None:
    lru: TaggedLRU = TaggedLRU(5 * page("", 0).size)
    for keys in ("abcde", "vwxyz"):
        for _ in range(30):
            for key in keys:
                if not lru.get(key):
                    lru.put(key, page("", 0))
    assert lru.items().keys() >= set("wxyz")


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def visitor(behind: Behind) -> Visitor:
    return Visitor(behind)


def test_what_was_not_asked_for_longest_makes_room(behind: Behind, settings: Settings) -> None:
    settings.PAGE_CACHE_BYTES = 50_000
    behind.body = b"x" * 10_000
    visitor = Visitor(behind)
    for path in ("/a", "/b", "/c", "/a", "/d", "/e"):  # of five, three fit
        visitor.get(path)
    before = len(behind.asked)
    visitor.get("/a")
    visitor.get("/e")
    assert len(behind.asked) == before
    visitor.get("/b")
    assert len(behind.asked) == before + 1
    counts = visitor.counts()
    assert counts["bytes"] <= 50_000
    assert counts["evicted"] > 0
    assert counts["pages"] == len(visitor.cache._entries)


def test_a_page_grows_with_its_codings_and_is_weighed_again(
    behind: Behind, settings: Settings
) -> None:
    settings.PAGE_CACHE_BYTES = 50_000
    behind.body = bytes(range(256)) * 40
    visitor = Visitor(behind)
    for path in ("/a", "/b", "/c"):
        for coding in ("", "gzip", "br", "zstd"):
            visitor.get(path, HTTP_ACCEPT_ENCODING=coding)
            assert visitor.cache._entries.bytes <= 50_000
            assert visitor.counts()["bytes"] == visitor.cache._entries.bytes


def test_the_default_is_16_megabytes(settings: Settings) -> None:
    assert settings.PAGE_CACHE_BYTES == 16_000_000


def test_what_pages_are_said_to_take_is_about_what_they_take(behind: Behind) -> None:
    made = page("site posts " + " ".join(f"post:{n:032x}" for n in range(20)), 10_000)
    seen: set[int] = set()

    def weight(thing: Any) -> int:
        if id(thing) in seen or isinstance(thing, type):
            return 0
        seen.add(id(thing))
        inner: list[Any] = []
        if isinstance(thing, dict):
            inner = [*thing.keys(), *thing.values()]
        elif isinstance(thing, list | tuple | frozenset):
            inner = list(thing)
        elif isinstance(thing, CacheEntry):
            inner = [getattr(thing, slot) for slot in CacheEntry.__slots__]
        return sys.getsizeof(thing) + sum(weight(part) for part in inner)

    assert 0.5 < weight(made) / made.size < 1.2


def test_a_large_answer_goes_through_and_is_not_kept(visitor: Visitor, behind: Behind) -> None:
    behind.body = b"x" * MAX_ENTRY_BYTES
    for _ in range(2):
        assert visitor.get().body == behind.body
    assert visitor.counts()["pages"] == 0
    assert len(behind.asked) == 2
    assert visitor.cache._uncacheable, "nobody waits for it"


def test_nothing_is_kept_where_there_is_no_room(behind: Behind, settings: Settings) -> None:
    settings.PAGE_CACHE_BYTES = 0
    visitor = Visitor(behind)
    first, second = visitor.get(HTTP_ACCEPT_ENCODING="br"), visitor.get(HTTP_ACCEPT_ENCODING="br")
    assert first == second
    assert first.headers["content-encoding"] == "br"
    assert len(behind.asked) == 2


def test_an_address_that_is_too_long_is_not_kept(visitor: Visitor, behind: Behind) -> None:
    for address in (
        {"path": "/" + "a" * MAX_KEY_LENGTH},
        {"query": "after=" + "a" * MAX_KEY_LENGTH},
    ):
        visitor.get(**address)
        visitor.get(**address)
    assert len(behind.asked) == 4
    assert visitor.counts()["pages"] == 0


def test_a_flood_of_addresses_that_are_not_there_leaves_nothing_behind(
    visitor: Visitor, behind: Behind
) -> None:
    behind.status = "404 Not Found"
    for number in range(MAX_UNCACHEABLE + 500):
        visitor.get(f"/{number:05}" + "x" * 100)
    assert visitor.counts()["pages"] == 0
    assert len(visitor.cache._uncacheable) == MAX_UNCACHEABLE
    assert sys.getsizeof(visitor.cache._uncacheable) + MAX_UNCACHEABLE * 32 < 1_000_000
    assert not visitor.cache._renderings


def test_long_queries_are_not_remembered(visitor: Visitor) -> None:
    request_key._filter_query.cache_clear()
    for number in range(200):
        visitor.get("/", f"x={number}&y=" + "z" * 10_000)
    assert request_key._filter_query.cache_info().currsize == 0
    assert visitor.counts()["pages"] == 1


def test_a_flood_of_protected_parameters_stays_within_bounds(
    behind: Behind, settings: Settings
) -> None:
    settings.PAGE_CACHE_BYTES = 100_000
    visitor = Visitor(behind)
    for number in range(500):
        visitor.get("/", f"after={number}")
    assert visitor.cache._entries.bytes <= 100_000
    assert len(visitor.cache._entries._keys_by_tag) == 2


def test_the_counts_of_a_process_that_ended_are_forgotten(settings: Settings) -> None:
    folder = settings.RUN / "pages"
    stats.open_stats(folder)
    ended = stats.stats_file(folder, 2**22 + 1)
    ended.write_bytes(bytes(8 * len(stats.COUNTERS)))
    assert 2**22 + 1 not in dict(stats.read_all_stats(folder))
    assert not ended.exists()


def test_counts_of_another_version_or_machine_are_left_alone(settings: Settings) -> None:
    folder = settings.RUN / "pages"
    before = dict(stats.read_all_stats(folder))
    (folder / "another-machine.1").write_bytes(b"")
    stats.stats_file(folder, 1).write_bytes(b"12345678")
    assert dict(stats.read_all_stats(folder)) == before
    stats.stats_file(folder, 1).unlink()
