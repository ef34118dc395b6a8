"""Code-aware splitting of Markdown, so that code is never rewritten."""

import io
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator

_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)")
_RUN = re.compile(r"`+")


def rewrite_prose(text: str, rewrite: Callable[[str], str]) -> str:
    """Return `text` with `rewrite` applied to its prose; code is unchanged."""
    return "".join(part if is_code else rewrite(part) for is_code, part in split_code(text))


def split_code(text: str) -> Iterator[tuple[bool, str]]:
    """Yield `(is_code, part)` for the parts of `text`. Linear in the text's length."""
    for is_block, block in _blocks(text):
        if is_block:
            yield True, block
        else:
            for paragraph in re.split(r"(?<=\n)(?=[ \t]*\n)", block):
                yield from _spans(paragraph)


def _blocks(text: str) -> Iterator[tuple[bool, str]]:
    """Split at fences. An unclosed fence reaches to the end, as in CommonMark."""
    fence = ""
    lines: list[str] = []
    for line in io.StringIO(text, newline="\n"):
        match = _FENCE.match(line)
        if fence:
            lines.append(line)
            if match and match[1].startswith(fence) and not match[2].strip():
                yield True, "".join(lines)
                fence, lines = "", []
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            yield False, "".join(lines)
            fence, lines = match[1], [line]
        else:
            lines.append(line)
    yield bool(fence), "".join(lines)


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
        same_length = starts[end - start]
        following = bisect_right(same_length, start)
        if following < len(same_length):
            close = same_length[following] + end - start
            yield False, text[done:start]
            yield True, text[start:close]
            done = close
    yield False, text[done:]
