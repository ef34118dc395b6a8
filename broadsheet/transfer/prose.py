"""Telling a Markdown text's prose from its code, so that code is never rewritten."""

import io
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator

_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)")
_RUN = re.compile(r"`+")


def rewritten(text: str, rewrite: Callable[[str], str]) -> str:
    """Return `text` with `rewrite` applied to its prose and its code as it was."""
    return "".join(part if is_code else rewrite(part) for is_code, part in parts(text))


def parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the text in pieces, each with whether it is code. Linear in the text's length."""
    for is_block, block in _blocks(text):
        if is_block:
            yield True, block
        else:
            for paragraph in re.split(r"(?<=\n)(?=[ \t]*\n)", block):
                yield from _spans(paragraph)


def _blocks(text: str) -> Iterator[tuple[bool, str]]:
    """Split at fences. One that is never closed reaches to the end, as in CommonMark."""
    fence = ""
    held: list[str] = []
    for line in io.StringIO(text, newline="\n"):
        match = _FENCE.match(line)
        if fence:
            held.append(line)
            if match and match[1].startswith(fence) and not match[2].strip():
                yield True, "".join(held)
                fence, held = "", []
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            yield False, "".join(held)
            fence, held = match[1], [line]
        else:
            held.append(line)
    yield bool(fence), "".join(held)


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    if "`" not in text:
        yield False, text
        return
    runs = [(match.start(), match.end()) for match in _RUN.finditer(text)]
    starts: dict[int, list[int]] = defaultdict(list)
    for start, end in runs:
        starts[end - start].append(start)
    done = 0
    for start, end in runs:
        if start < done:
            continue
        same = starts[end - start]
        following = bisect_right(same, start)
        if following < len(same):
            close = same[following] + end - start
            yield False, text[done:start]
            yield True, text[start:close]
            done = close
    yield False, text[done:]
