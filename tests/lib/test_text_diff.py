"""Tests of the differences of texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.lib.text_diff import SpanKind, diff_words

texts = st.text(st.sampled_from("ab \n.é"), max_size=40)


def spans(before: str, after: str) -> list[tuple[str, str]]:
    return [(span.kind.value, span.text) for span in diff_words(before, after)]


def test_changed_words_are_shown_within_their_line() -> None:
    assert spans("A quiet day\nThe end\n", "A loud day\nThe end\n") == [
        ("equal", "A "),
        ("deleted", "quiet"),
        ("inserted", "loud"),
        ("equal", " day\nThe end\n"),
    ]


def test_equal_texts_have_no_differences() -> None:
    assert spans("Same.\n", "Same.\n") == [("equal", "Same.\n")]
    assert spans("", "") == []


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_both_texts_can_be_read_from_their_differences(before: str, after: str) -> None:
    found = diff_words(before, after)
    assert "".join(span.text for span in found if span.kind != SpanKind.INSERTED) == before
    assert "".join(span.text for span in found if span.kind != SpanKind.DELETED) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 25_000, "b a " * 25_000),
        ("same\n" * 20_000, "same\nother\n" * 10_000),
        (
            "".join(f"line {n} of the text\n" for n in range(5_000)),
            "".join(f"line {n * 7 % 5_000} of a text\n" for n in range(5_000)),
        ),
    ],
)
@pytest.mark.slow
def test_large_and_repetitive_texts_are_compared(before: str, after: str) -> None:
    found = diff_words(before, after)
    assert "".join(span.text for span in found if span.kind != SpanKind.INSERTED) == before
    assert "".join(span.text for span in found if span.kind != SpanKind.DELETED) == after
