"""Query expansion: prefixes become words of the index, filters become conditions."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from django.db.backends.utils import CursorWrapper

from broadsheet.search import vocabulary
from broadsheet.search.documents import SearchFilters, key_word
from broadsheet.search.query import Phrase, Query

MAX_TITLE_MATCHES = 100  # matches in titles that come before all others

_MAX_COMPLETIONS, _MAX_PAIRS = 8, 24  # words for a prefix, and pairs for a single CJK character


@dataclass(frozen=True, slots=True)
class ExpandedQuery:
    """A query in the form that databases receive.

    Of each group in `required`, one phrase must occur; of no group in `excluded` may all occur.
    """

    required: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, ...], ...] = ()
    keys: tuple[str, ...] = ()
    min_number: int | None = None
    max_number: int | None = None

    @classmethod
    def of(cls, cursor: CursorWrapper, query: Query, filters: SearchFilters) -> Self:
        """Expand the prefixes of `query`."""
        return cls(
            tuple(_alternatives(cursor, phrase) for phrase in query.phrases),
            tuple(tuple(phrase.words for phrase in term) for term in query.excluded),
            tuple(map(key_word, filters.keys)),
            filters.min_number,
            filters.max_number,
        )

    @property
    def number_condition(self) -> tuple[str, list[int]]:
        """Return an SQL condition on the column `number`, starting with AND, and its parameters."""
        bounds = ((">=", self.min_number), ("<=", self.max_number))
        limits = [(operator, number) for operator, number in bounds if number is not None]
        sql = "".join(f" AND number {operator} %s" for operator, _number in limits)
        return sql, [number for _operator, number in limits]


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The texts of a document in the index."""

    id: uuid.UUID
    title: str
    subtitle: str
    body: str


def _alternatives(cursor: CursorWrapper, phrase: Phrase) -> tuple[str, ...]:
    *before, last = phrase.words.split(" ")
    if not phrase.is_prefix or (len(last) == 1 and not phrase.cjk_run):
        return (phrase.words,)
    limit = _MAX_PAIRS if phrase.cjk_run else _MAX_COMPLETIONS
    completions = vocabulary.complete(cursor, last, limit)
    return (phrase.words, *(" ".join((*before, word)) for word in completions))


def titles_first[T](
    titles: list[T], newest: Callable[[int], list[T]], limit: int, offset: int
) -> list[T]:
    """Return a page of `titles` followed by other matches; `newest(n)` returns n of all matches."""
    end = offset + limit
    if end <= len(titles):
        return titles[offset:end]
    return list(dict.fromkeys(titles + newest(end + len(titles))))[offset:end]
