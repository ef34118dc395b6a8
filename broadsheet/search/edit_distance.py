"""Edit distance, and words at distance one."""

from collections.abc import Iterator

_BLOCK = 64  # code points in a block of one script


def one_edit(word: str) -> set[str]:
    """Return all words with one letter added, dropped, changed or swapped with its neighbour."""
    return {*_shortened(word), *_changed(word)} - {word}


def _shortened(word: str) -> Iterator[str]:
    for n in range(len(word)):
        yield word[:n] + word[n + 1 :]
        if n:
            yield word[: n - 1] + word[n] + word[n - 1] + word[n + 1 :]


def _changed(word: str) -> Iterator[str]:
    alphabet = _alphabet(word)
    for n in range(len(word) + 1):
        for letter in alphabet:
            yield word[:n] + letter + word[n:]
            yield word[:n] + letter + word[n + 1 :]


def _alphabet(word: str) -> set[str]:
    """Return the letters of the scripts of `word`."""
    letters: set[str] = set()
    for block in {ord(letter) // _BLOCK for letter in word}:
        chars = map(chr, range(block * _BLOCK, (block + 1) * _BLOCK))
        letters.update(char for char in chars if char.isalpha() and char.lower() == char)
    return letters


def distance(one: str, other: str) -> int:
    """Return the number of letters to add, drop, change or swap (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, above = above, row
    return above[-1]
