"""Line endings of texts that browsers send."""

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.lib.line_endings import restore_line_endings

TEXTS = st.lists(st.sampled_from(["a", "b", "", "\n", "\r\n", "\r"])).map("".join)


def as_sent(text: str) -> str:
    """Return `text` as a browser sends it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(TEXTS)
def test_an_unchanged_text_keeps_every_line_ending(text: str) -> None:
    assert restore_line_endings(as_sent(text), text) == text


@given(TEXTS, TEXTS)
def test_an_edited_text_keeps_its_words(new: str, old: str) -> None:
    assert as_sent(restore_line_endings(as_sent(new), old)) == as_sent(new)


def test_a_new_text_has_line_feeds() -> None:
    assert restore_line_endings("a\r\nb", "") == "a\nb"


def test_edited_lines_get_the_line_ending_of_the_text_and_others_keep_theirs() -> None:
    before = "a\r\nb\nc\rd"
    assert restore_line_endings("a\r\nnew\r\nlines\r\nc\r\nd", before) == "a\r\nnew\r\nlines\nc\rd"
