"""Pygments' lexers, by language, with the rules of a state tried at once instead of one by one."""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from pygments.lexer import Lexer, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

#: Uses of a state after which joining its rules has paid for itself.
_OFTEN = 2_000
# What means another group, or something else, within a longer pattern.
_NOT_JOINED = re.compile(r"\\[1-9]|\(\?P|\(\?\(|\(\?[aiLmsux]+[):-]|\(\?#")


type _Rule = tuple[Any, Any, Any]  # what matches, what it is, the state after it


@cache
def named(language: str) -> Lexer | None:
    """Return the lexer of a language; None where there is none of that name."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    if isinstance(lexer, RegexLexer):
        # Pygments keeps its compiled rules under this name and tries those of a state in turn.
        states = {name: _State(rules) for name, rules in lexer._tokens.items()}  # type: ignore[attr-defined]  # noqa: SLF001
        lexer._tokens = states  # type: ignore[attr-defined]  # noqa: SLF001
    return lexer


class _State:
    """The rules of a state, of which iterating yields those that may match, in their order."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = rules
        self._uses = 0
        self._joined: list[tuple[re.Pattern[str] | None, dict[int, _Rule]]] | None = None

    def __iter__(self) -> Iterator[_Rule]:
        if self._joined is None:
            self._uses += 1
            if self._uses > _OFTEN:
                self._joined = [_join(list(rules)) for _, rules in groupby(self._rules, _is_simple)]
            yield from self._rules
            return
        for pattern, rules in self._joined:
            if pattern is None:
                yield from rules.values()
                continue
            look = _Look(pattern)
            yield look, None, None
            if look.found:
                yield rules[look.found]


class _Look:
    """Finds which of joined rules matches, and as a rule matches nothing itself."""

    __slots__ = ("_pattern", "found")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.found: int | None = None

    def __call__(self, text: str, position: int, end: int = sys.maxsize) -> None:
        match = self._pattern.match(text, position, end)
        self.found = match.lastindex if match else None


def _join(rules: list[_Rule]) -> tuple[re.Pattern[str] | None, dict[int, _Rule]]:
    """Return one pattern for all `rules`, and the rules by the group that tells which it was."""
    if len(rules) == 1 or not _is_simple(rules[0]):
        return None, dict(enumerate(rules))
    parts: list[str] = []
    numbered: dict[int, _Rule] = {}
    groups = 0
    for rule in rules:
        own = rule[0].__self__
        groups += own.groups + 1
        numbered[groups] = rule
        parts.append(f"(?:{own.pattern})()")
    return re.compile("|".join(parts), rules[0][0].__self__.flags & ~re.UNICODE), numbered


def _is_simple(rule: _Rule) -> tuple[int, bool] | bool:
    """Return the flags of a rule that can be joined with others that have the same; or False."""
    own = getattr(rule[0], "__self__", None)
    if not isinstance(own, re.Pattern) or own.flags & re.VERBOSE or _NOT_JOINED.search(own.pattern):
        return False
    return own.flags, True
