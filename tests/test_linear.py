"""Every regular expression takes time in proportion to the text, whatever a stranger writes."""

import re
import time
from collections.abc import Callable

import pytest

from tests.patterns import Expression, expressions, stretched

# Doubling a text may take at most this many times as long; a square takes 4.
FACTOR = 2.5
TINY, SHORT, LONG = 22, 1_000, 8_000  # characters
# What SHORT takes when it need not be looked at: a square takes more than this on any machine
# that is as fast as to matter, and on a slower one only more texts are measured.
IDLE = 0.000_4  # seconds of this thread
CLEAR = 0.005  # seconds for SHORT that are looked at before other texts are
ENDLESS = 0.05  # seconds that no expression takes for TINY or SHORT, and few for LONG


def seconds(use: Callable[[str], object], text: str, times: int = 1) -> float:
    """Return the least time of this thread that `use` takes for `text`."""
    took = []
    for _ in range(times):
        start = time.thread_time()
        use(text)
        took.append(time.thread_time() - start)
    return min(took)


def grows_evenly(use: Callable[[str], object], text: Callable[[int], str], start: int) -> bool:
    """Whether twice the text takes twice the time, from `start` to four times as much."""
    return any(
        seconds(use, text(start * 4), times) < seconds(use, text(start), times) * FACTOR**2
        for times in (1, 3, 6)
    )


def is_linear(use: Callable[[str], object], beginning: str, unit: str) -> bool:
    """Whether the time grows with the text and not with its square; asked again before a no."""

    def text(length: int) -> str:
        return stretched(beginning, unit, length)

    if seconds(use, text(TINY), 3) > ENDLESS or seconds(use, text(SHORT), 3) > ENDLESS:
        return False
    if grows_evenly(use, text, SHORT):
        return True
    # Bounded repeats grow until they reach their bound.
    return seconds(use, text(LONG), 3) < ENDLESS and grows_evenly(use, text, LONG)


def slow_text(expression: Expression) -> str:
    """Return the beginning of a text that the expression is slow for; empty if there is none."""
    suspects = []
    for beginning, unit in expression.units:
        took = seconds(expression.run, stretched(beginning, unit, TINY))
        if took < ENDLESS:
            took = seconds(expression.run, stretched(beginning, unit, SHORT))
        if took > CLEAR and not is_linear(expression.run, beginning, unit):
            return stretched(beginning, unit, TINY)
        if took > IDLE:
            suspects.append((took, beginning, unit))
    for _, beginning, unit in sorted(suspects, reverse=True)[:8]:
        if not is_linear(expression.run, beginning, unit):
            return stretched(beginning, unit, TINY)
    return ""


@pytest.mark.slow
def test_every_regular_expression_is_linear() -> None:
    slow = {one.place: text for one in expressions() if (text := slow_text(one))}
    assert slow == {}


def test_the_expressions_are_discovered_in_the_modules_by_themselves() -> None:
    places = [one.place for one in expressions()]
    assert len(places) > 100
    for named in ("hashnode_syntax.py", "legacy_layout.py", "documents.py", "slugs.py", "env.py"):
        assert any(place.startswith(named) for place in places), named


@pytest.mark.parametrize(
    "pattern",
    [
        r'(\]\([^\s()<>]++)((?:[ \t]++[a-z]++="[^"\n]*+")++)(?=\))',
        r"(?:a|a)*b",
    ],
)
@pytest.mark.slow
def test_expressions_that_were_slow_in_two_steps_are_told(pattern: str) -> None:
    assert slow_text(Expression("here", re.compile(pattern), is_anchored=False))


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern",
    [
        r"#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*z",
        r"%%?\[[^\]\n]*\]",
        r"<[^>]*>",
    ],
)
def test_expressions_that_are_not_linear_are_told(pattern: str) -> None:
    assert slow_text(Expression("here", re.compile(pattern), is_anchored=False))
