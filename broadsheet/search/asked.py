"""A query with all that it may mean, as the databases are asked for it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.documents import Within, key_word
from broadsheet.search.query import Piece, Query

TITLED = 100  # matches in titles that come before all others then

_COMPLETIONS, _PAIRS = 8, 24  # words that a beginning, and pairs that a single sign, may become


@dataclass(frozen=True, slots=True)
class Asked:
    """Of each of `wanted` one must occur; of none of `unwanted` may all. Each is words in a row."""

    wanted: tuple[tuple[str, ...], ...]
    unwanted: tuple[tuple[str, ...], ...] = ()
    keys: tuple[str, ...] = ()
    first: int | None = None
    last: int | None = None

    @classmethod
    def of(cls, cursor: CursorWrapper, query: Query, within: Within) -> Self:
        """Look up what the open words of `query` may become."""
        return cls(
            tuple(_alternatives(cursor, piece) for piece in query.pieces),
            tuple(tuple(piece.words for piece in term) for term in query.excluded),
            tuple(map(key_word, within.keys)),
            within.first,
            within.last,
        )

    @property
    def places(self) -> tuple[str, list[int]]:
        """Return an SQL condition on the column `number`, and what is bound in it."""
        bounds = ((">=", self.first), ("<=", self.last))
        given = [(sign, place) for sign, place in bounds if place is not None]
        sql = "".join(f" AND number {sign} %s" for sign, _place in given)
        return sql, [place for _sign, place in given]


@dataclass(frozen=True, slots=True)
class Text:
    """What a document that was found says."""

    id: uuid.UUID
    title: str
    subtitle: str
    body: str


def _alternatives(cursor: CursorWrapper, piece: Piece) -> tuple[str, ...]:
    *before, last = piece.words.split(" ")
    if not piece.is_open or (len(last) == 1 and not piece.run):
        return (piece.words,)
    longer = vocabulary.complete(cursor, last, _PAIRS if piece.run else _COMPLETIONS)
    return (piece.words, *(" ".join((*before, word)) for word in longer))


def titles_first[T](
    titled: list[T], newest: Callable[[int], list[T]], limit: int, offset: int
) -> list[T]:
    """Return a page of `titled` and then of the others; `newest` returns so many of all."""
    end = offset + limit
    if end <= len(titled):
        return titled[offset:end]
    return list(dict.fromkeys(titled + newest(end + len(titled))))[offset:end]
