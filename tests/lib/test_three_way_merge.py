"""Tests of the merge of two texts with a common base."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.lib.text_diff import split_tokens
from broadsheet.lib.three_way_merge import MergeSide, merge

texts = st.text(st.sampled_from("ab \n."), max_size=30)
WORDS = [f"w{n}" for n in range(40)]


@st.composite
def disjoint_edits(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """Return a base of different words, two texts that edit different ones, and their merge."""
    words = WORDS[: draw(st.integers(3, 40))]
    separators = draw(st.lists(st.sampled_from(" \n"), min_size=len(words), max_size=len(words)))
    who = draw(st.lists(st.sampled_from(["", "mine", "theirs"]), min_size=len(words)))
    mine, theirs, both = list(words), list(words), list(words)
    for n, side in enumerate(who[: len(words)]):
        new = f"{side}{n}"
        if side == "mine":
            mine[n] = both[n] = new
        elif side == "theirs":
            theirs[n] = both[n] = new

    def join(parts: list[str]) -> str:
        return "".join(f"{p}{s}" for p, s in zip(parts, separators, strict=True))

    return join(words), join(mine), join(theirs), join(both)


def test_edits_of_different_words_of_one_line_are_both_kept() -> None:
    result = merge("The quick brown fox.\n", "The slow brown fox.\n", "The quick brown dog.\n")
    assert not result.conflicts
    assert result.resolve(MergeSide.MINE) == "The slow brown dog.\n"


def test_edits_of_the_same_word_are_a_conflict_with_both_sides() -> None:
    result = merge("A quiet day.", "A loud day.", "A short day.")
    (conflict,) = result.conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == ("quiet", "loud", "short")
    assert result.resolve(MergeSide.MINE) == "A loud day."
    assert result.resolve(MergeSide.THEIRS) == "A short day."
    assert result.resolve(MergeSide.BOTH) == "A short loud day."


def test_a_word_that_one_side_edits_and_the_other_deletes_is_a_conflict() -> None:
    result = merge("One. Two. Three.", "One. Second. Three.", "One. Three.")
    assert result.conflicts
    assert "Second" in result.resolve(MergeSide.MINE)


def test_the_same_edit_is_kept_once() -> None:
    result = merge("A quiet day.", "A loud day.", "A loud day.")
    assert result.parts == ("A ", "loud", " day.")


@settings(max_examples=60, deadline=None)
@given(disjoint_edits())
def test_disjoint_edits_are_merged_and_nothing_else_changes(edits: tuple[str, ...]) -> None:
    base, mine, theirs, both = edits
    result = merge(base, mine, theirs)
    for side in MergeSide:
        assert result.resolve(side) == both


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_the_edit_of_one_side_is_the_result(base: str, edited: str) -> None:
    for result in (
        merge(base, edited, base),
        merge(base, base, edited),
        merge(base, edited, edited),
    ):
        assert not result.conflicts
        assert result.resolve(MergeSide.BOTH) == edited


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS[:6]), max_size=12),
    st.lists(st.sampled_from([*WORDS[:6], "mine1", "mine2"]), max_size=12),
    st.lists(st.sampled_from([*WORDS[:6], "theirs1", "theirs2"]), max_size=12),
)
def test_no_new_word_of_either_side_is_lost(
    base: list[str], mine: list[str], theirs: list[str]
) -> None:
    result = merge(" ".join(base), " ".join(mine), " ".join(theirs))
    words = Counter(split_tokens(result.resolve(MergeSide.BOTH)))
    for word, count in (Counter(mine) + Counter(theirs)).items():
        if word not in base and not word.startswith("w"):
            assert words[word] >= count
    if not result.conflicts:
        assert words.total() <= 2 * len(base + mine + theirs) + 1


@settings(max_examples=60, deadline=None)
@given(texts, texts, texts)
def test_the_order_of_the_sides_does_not_matter(base: str, mine: str, theirs: str) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert one.resolve(MergeSide.MINE) == other.resolve(MergeSide.THEIRS)
    assert one.resolve(MergeSide.THEIRS) == other.resolve(MergeSide.MINE)
