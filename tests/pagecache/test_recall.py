"""Rows that pages are made of: read once, and never shown when they have changed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from broadsheet.pagecache.recall import Recalled, memory
from broadsheet.pagecache.tags import EVERYTHING, HEADER, NOTHING
from tests.pagecache.visitors import HTML, Visitor


class World:
    """Rows that are numbered by how often they changed, and an application that shows them.

    A path names the rows that it shows: `/ab` shows `a` and `b`. `meanwhile` happens once, after
    a page's rows were read.
    """

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.read: list[str] = []
        self.meanwhile: Callable[[], object] = bool
        self._recalled = Recalled("row", self._find, lambda row: [f"row:{row[0]}"])

    def _find(self, keys: Sequence[str]) -> Mapping[str, tuple[str, int]]:
        self.read.extend(keys)
        return {key: (key, self.rows[key]) for key in keys if key != "x"}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        keys = environ["PATH_INFO"][1:]
        found = self._recalled(keys)
        meanwhile, self.meanwhile = self.meanwhile, bool
        meanwhile()
        body = " ".join(f"{key}{found[key][1]}" for key in keys if key in found).encode()
        tags = " ".join(f"row:{key}" for key in keys)
        length = ("Content-Length", str(len(body)))
        start_response("200 OK", [("Content-Type", HTML), length, (HEADER, tags)])
        return [body]

    def shown(self, keys: Iterable[str]) -> bytes:
        """Return what a page says that was rendered now."""
        return " ".join(f"{key}{self.rows[key]}" for key in keys).encode()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world)


def test_what_one_page_read_another_does_not(world: World, visitor: Visitor) -> None:
    visitor.get("/ab")
    assert visitor.get("/bca").body == b"b0 c0 a0"
    assert world.read == ["a", "b", "c"]


def test_only_what_was_invalidated_is_read_again(world: World, visitor: Visitor) -> None:
    visitor.get("/ab")
    world.rows["a"] += 1
    visitor.clock.invalidate("row:a")
    assert visitor.get("/ab").body == b"a1 b0"
    assert world.read == ["a", "b", "a"]


def test_what_is_not_there_is_left_out(world: World, visitor: Visitor) -> None:
    assert visitor.get("/axb").body == b"a0 b0"


def test_what_changes_while_a_page_is_rendered_is_not_remembered(
    world: World, visitor: Visitor
) -> None:
    def change() -> None:
        world.rows["a"] += 1
        visitor.clock.invalidate("row:a")
        visitor.get("/b")  # looks, and so knows of it

    world.meanwhile = change
    visitor.get("/a")
    assert visitor.get("/a").body == b"a1"


def test_nothing_is_remembered_while_pages_may_not_be_kept(world: World, visitor: Visitor) -> None:
    visitor.clock.invalidate(NOTHING)
    visitor.get("/a")
    visitor.get("/a")
    assert world.read == ["a", "a"]


def test_rows_take_no_more_room_than_they_may(
    world: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor.cache.rows, "capacity", 5_000)
    visitor.get("/abcdef")
    assert visitor.cache.rows.bytes <= 5_000
    visitor.get("/fe")
    assert world.read == list("abcdef")
    visitor.get("/a")
    assert world.read == list("abcdefa")


def test_away_from_the_page_cache_everything_is_read(world: World) -> None:
    for _ in range(2):
        world({"PATH_INFO": "/a"}, lambda *_head: None)
    assert world.read == ["a", "a"]
    assert memory.get() is None


class NeverStale(RuleBasedStateMachine):
    """Whatever happens in whichever order, a page shows each row as it is when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.visitor = Visitor(self.world)

    def change(self, key: str, *tags: str) -> None:
        """Change a row: what it is now and its tag become visible together."""
        self.world.rows[key] += 1
        self.visitor.clock.invalidate(*(tags or [f"row:{key}"]))

    @rule(key=st.sampled_from("abc"))
    def one_row_changes(self, key: str) -> None:
        self.change(key)

    @rule(key=st.sampled_from("abc"))
    def everything_may_have_changed(self, key: str) -> None:
        self.change(key, NOTHING, EVERYTHING)

    @rule(keys=st.text("abc", min_size=1, max_size=3))
    def a_page_is_read(self, keys: str) -> None:
        assert self.visitor.get(f"/{keys}").body == self.world.shown(keys)

    @rule(
        keys=st.text("abc", min_size=1, max_size=3),
        key=st.sampled_from("abc"),
        is_seen=st.booleans(),
    )
    def a_row_changes_while_a_page_is_rendered(self, keys: str, key: str, is_seen: bool) -> None:
        def change() -> None:
            self.change(key)
            if is_seen:
                self.visitor.get("/abcabc")  # another page, whose reader looks

        before = self.world.shown(keys)
        self.world.meanwhile = change
        assert self.visitor.get(f"/{keys}").body in {before, self.world.shown(keys)}
        self.world.meanwhile = bool  # where the page was kept

    @rule()
    def the_database_stops_answering(self) -> None:
        self.visitor.clock.failing = OperationalError("gone")

    @rule()
    def the_database_answers_again(self) -> None:
        self.visitor.clock.failing = None


test_no_row_is_ever_stale = NeverStale.TestCase
