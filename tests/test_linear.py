"""Every regular expression takes linear time, for any text."""

import re
import time
from collections.abc import Callable

import pytest

from tests.patterns import Expression, expressions, stretched

# Twice the text may take at most this many times as long; quadratic time would be 4.
FACTOR = 2.5
TINY, SHORT, LONG = 22, 1_000, 8_000  # characters
# A text that takes less than this with SHORT is not measured further: quadratic time takes more on
# all machines that matter. On slower ones, only more texts are measured.
FAST = 0.000_4  # seconds of this thread
SUSPICIOUS = 0.005  # seconds with SHORT from which a text is measured further at once
SLOW = 0.05  # seconds that no expression takes for TINY or SHORT, and few take for LONG


def seconds(use: Callable[[str], object], text: str, times: int = 1) -> float:
    """Return the least time of this thread that `use` takes for `text`."""
    durations = []
    for _ in range(times):
        start = time.thread_time()
        use(text)
        durations.append(time.thread_time() - start)
    return min(durations)


def grows_linearly(use: Callable[[str], object], text: Callable[[int], str], start: int) -> bool:
    """Return whether the time grows linearly from `start` characters to four times as many."""
    return any(
        seconds(use, text(start * 4), times) < seconds(use, text(start), times) * FACTOR**2
        for times in (1, 3, 6)
    )


def is_linear(use: Callable[[str], object], beginning: str, unit: str) -> bool:
    """Return whether the time is linear and not quadratic; measure again before returning False."""

    def text(length: int) -> str:
        return stretched(beginning, unit, length)

    if seconds(use, text(TINY), 3) > SLOW or seconds(use, text(SHORT), 3) > SLOW:
        return False
    if grows_linearly(use, text, SHORT):
        return True
    # Bounded repeats grow until they reach their bound.
    return seconds(use, text(LONG), 3) < SLOW and grows_linearly(use, text, LONG)


def slow_text(expression: Expression) -> str:
    """Return the beginning of a text that the expression is slow for; empty if there is none."""
    suspects = []
    for beginning, unit in expression.units:
        duration = seconds(expression.run, stretched(beginning, unit, TINY))
        if duration < SLOW:
            duration = seconds(expression.run, stretched(beginning, unit, SHORT))
        if duration > SUSPICIOUS and not is_linear(expression.run, beginning, unit):
            return stretched(beginning, unit, TINY)
        if duration > FAST:
            suspects.append((duration, beginning, unit))
    for _, beginning, unit in sorted(suspects, reverse=True)[:8]:
        if not is_linear(expression.run, beginning, unit):
            return stretched(beginning, unit, TINY)
    return ""


@pytest.mark.slow
def test_every_regular_expression_is_linear() -> None:
    slow = {one.location: text for one in expressions() if (text := slow_text(one))}
    assert slow == {}


@pytest.mark.slow
def test_the_expressions_of_all_modules_are_discovered() -> None:
    locations = [one.location for one in expressions()]
    assert len(locations) > 100
    for named in ("placeholders.py", "legacy_layout.py", "documents.py", "slugs.py", "env.py"):
        assert any(location.startswith(named) for location in locations), named


@pytest.mark.prove
@pytest.mark.parametrize(
    "pattern",
    [
        r'(\]\([^\s()<>]++)((?:[ \t]++[a-z]++="[^"\n]*+")++)(?=\))',
        r"(?:a|a)*b",
    ],
)
def test_expressions_that_are_slow_in_two_steps_are_detected(pattern: str) -> None:
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
def test_expressions_that_are_not_linear_are_detected(pattern: str) -> None:
    assert slow_text(Expression("here", re.compile(pattern), is_anchored=False))
