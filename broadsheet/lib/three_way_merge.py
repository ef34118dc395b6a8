"""Merge of two texts that began as the same one (diff3), by words within lines.

Edits of different words are both kept. Edits that overlap or touch are a conflict with both sides:
no word of either is lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from broadsheet.lib.text_diff import Replacement, find_replacements, split_tokens


class MergeSide(StrEnum):
    """What to take in a conflict."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """A part that both texts changed, each in its way."""

    base: str
    mine: str
    theirs: str

    def resolve(self, side: MergeSide) -> str:
        """Return the text of one side, or of both, theirs first."""
        if side == MergeSide.BOTH:
            gap = "" if not self.theirs or self.theirs[-1].isspace() else " "
            return self.theirs + gap + self.mine
        return self.mine if side == MergeSide.MINE else self.theirs


@dataclass(frozen=True, slots=True)
class TextMerge:
    """Merged text, with a conflict where the two sides disagree."""

    parts: tuple[str | MergeConflict, ...]

    @property
    def conflicts(self) -> list[MergeConflict]:
        """The conflicts, in reading order."""
        return [part for part in self.parts if isinstance(part, MergeConflict)]

    def resolve(self, side: MergeSide) -> str:
        """Return the text with every conflict resolved in the same way."""
        return "".join(p.resolve(side) if isinstance(p, MergeConflict) else p for p in self.parts)


def merge(base: str, mine: str, theirs: str) -> TextMerge:
    """Merge two texts that were both made from `base`."""
    tokens = split_tokens(base)
    parts: list[str | MergeConflict] = []
    position = 0
    for ours, others in _groups(find_replacements(base, mine), find_replacements(base, theirs)):
        start = min(change.start for change in (*ours, *others))
        end = max(change.end for change in (*ours, *others))
        parts.append("".join(tokens[position:start]))
        my_text = _apply(tokens, start, end, ours)
        their_text = _apply(tokens, start, end, others)
        if not others or my_text == their_text:
            parts.append(my_text)
        elif not ours:
            parts.append(their_text)
        else:
            parts.append(MergeConflict("".join(tokens[start:end]), my_text, their_text))
        position = end
    parts.append("".join(tokens[position:]))
    return TextMerge(tuple(part for part in parts if part))


def _groups(
    mine: Sequence[Replacement], theirs: Sequence[Replacement]
) -> Iterator[tuple[list[Replacement], list[Replacement]]]:
    """Yield the changes of both sides, those together that overlap or touch."""
    ordered = sorted(
        [(change, False) for change in mine] + [(change, True) for change in theirs],
        key=lambda item: (item[0].start, item[0].end),
    )
    group: tuple[list[Replacement], list[Replacement]] = [], []
    end = -1
    for change, is_theirs in ordered:
        if change.start > end and any(group):
            yield group
            group = [], []
        group[is_theirs].append(change)
        end = max(end, change.end)
    if any(group):
        yield group


def _apply(tokens: Sequence[str], start: int, end: int, changes: Sequence[Replacement]) -> str:
    """Return the tokens `start` to `end` with the changes of one side."""
    parts: list[str] = []
    for change in changes:
        parts += ["".join(tokens[start : change.start]), change.text]
        start = change.end
    return "".join([*parts, *tokens[start:end]])
