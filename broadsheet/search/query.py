"""What a person types into a search box."""

import re
from dataclasses import dataclass
from typing import Self

from broadsheet.search import wide

LENGTH = 500  # characters of a query that are read
TERMS = 20

_TERM = re.compile(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or words that must stand together; `is_open` also matches longer words."""

    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The terms that must occur and those that must not, in ordinary and in wide scripts."""

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`; whatever it holds, the result can be searched for."""
        text = text[:LENGTH].encode("utf-8", "ignore").decode().replace("\x00", " ")
        terms: list[Term] = []
        excluded: list[Term] = []
        for match in list(_TERM.finditer(text))[:TERMS]:
            phrase = match[2] is not None
            words = match[2] if phrase else match[4]
            if not any(c.isalnum() for c in words):
                continue
            if match[1] or match[3]:
                excluded.append(Term(words))
            else:
                is_last = match.end() == len(text.rstrip())
                terms.append(Term(words, is_open=is_last and not phrase))
        return cls(tuple(terms), tuple(excluded))

    @property
    def wide_runs(self) -> list[str]:
        """The stretches of the terms in scripts without spaces."""
        return [run for term in self.terms for run in wide.runs(term.text)]
