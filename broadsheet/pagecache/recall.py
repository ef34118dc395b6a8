"""Rows that pages are made of, remembered until a tag changes that they were made from.

A page is rendered behind the page cache after it was proven that what is kept holds. So what was
read for another page need not be read again. Anywhere else everything is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

#: What a row takes in memory, about, and what each of its tags does.
OVERHEAD, OVERHEAD_PER_TAG = 2_000, 250


class Row(NamedTuple):
    """A value, and what it was made from."""

    value: Any
    tags: frozenset[str]

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return OVERHEAD + OVERHEAD_PER_TAG * len(self.tags)


class Memory(Protocol):
    """What one rendering may recall, and adds to what others may.

    `shows` is what it has to show at least: a snapshot of PostgreSQL's, or empty for all there is.
    """

    shows: str

    def recall(self, key: str) -> Row | None:
        """Return the row, if it is remembered."""

    def remember(self, rows: Mapping[str, Row]) -> None:
        """Remember rows that were read since the rendering began."""


#: The memory of the page that is being rendered.
memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


class Recalled[V]:
    """Values by their keys; what is remembered is not read.

    `read` returns those it found of the keys it is given, and `tags` what a value was made from.
    `kind` is a word that no other has.
    """

    def __init__(
        self,
        kind: str,
        read: Callable[[Sequence[str]], Mapping[str, V]],
        tags: Callable[[V], Iterable[str]],
    ) -> None:
        self._kind = kind
        self._read = read
        self._tags = tags

    def __call__(self, keys: Sequence[str]) -> dict[str, V]:
        """Return the values that there are of `keys`."""
        known = memory.get()
        if known is None:
            return dict(self._read(keys))
        found: dict[str, V] = {}
        for key in keys:
            row = known.recall(f"{self._kind} {key}")
            if row is not None:
                found[key] = row.value
        missing = [key for key in keys if key not in found]
        if missing:
            read = self._read(missing)
            known.remember({f"{self._kind} {key}": self._row(read[key]) for key in read})
            found.update(read)
        return found

    def _row(self, value: V) -> Row:
        return Row(value, frozenset(self._tags(value)))
