"""Blocks of text, rendered once; a post's text is a sequence of them.

So a million different texts cost no more than rendering a few thousand paragraphs.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from broadsheet import markup
from bench.seed import words

POOL = 2_400
WORDS = 60_000
_CODE = """```python
def {name}(pages: list[str], *, width: int = {number}) -> str:
    \"\"\"Return the {name} of some pages.\"\"\"
    return "\\n".join(page.strip()[:width] for page in pages)
```"""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of Markdown and its rendered forms."""

    source: str
    html: str
    text: str
    words: int
    contents: tuple[tuple[int, str, str], ...]


def pool(rng: random.Random) -> list[Block]:
    """Return the blocks. Headings are unique."""
    vocabulary = words.Zipf(words.vocabulary(WORDS, rng), rng)
    return [_render(_source(number, vocabulary, rng)) for number in range(POOL)]


def texts(rng: random.Random, length: int) -> Iterator[str]:
    """Yield unique texts of about `length` characters of Markdown."""
    vocabulary = words.Zipf(words.vocabulary(WORDS, rng), rng)
    for number in count():
        pieces: list[str] = []
        while sum(map(len, pieces)) < length:
            pieces.append(_source(number, vocabulary, rng))
        yield "\n\n".join(pieces)


def _render(source: str) -> Block:
    rendered = markup.render(source)
    contents = tuple((h.level, h.id, h.text) for h in rendered.headings)
    return Block(source, rendered.html, rendered.text, rendered.word_count, contents)


def _source(number: int, vocabulary: words.Zipf[str], rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.12:
        heading = " ".join(vocabulary.some(rng.randint(2, 5))).capitalize()
        return f"## {heading} {number}\n\n{_paragraph(vocabulary, rng)}"
    if kind < 0.18:
        return "\n".join(f"- {' '.join(vocabulary.some(rng.randint(4, 12)))}" for _ in range(5))
    if kind < 0.22:
        return _CODE.format(name=vocabulary.some(1)[0], number=number)
    if kind < 0.25:
        return f"> {_paragraph(vocabulary, rng)}"
    if kind < 0.26:
        return "。".join(rng.sample(words.CJK, 3)) + "。"
    return _paragraph(vocabulary, rng)


def _paragraph(vocabulary: words.Zipf[str], rng: random.Random) -> str:
    sentences = []
    for _ in range(rng.randint(2, 5)):
        sentence = vocabulary.some(rng.randint(6, 22))
        chance = rng.random()
        if chance < 0.15:
            sentence[1] = f"*{sentence[1]}*"
        elif chance < 0.25:
            sentence[2] = f"[{sentence[2]}](https://example.org/{sentence[2]})"
        elif chance < 0.3:
            sentence[3] = f"`{sentence[3]}`"
        line = " ".join(sentence)
        sentences.append(line[:1].upper() + line[1:] + ".")
    return " ".join(sentences)
