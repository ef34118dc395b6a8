"""Blocks of code: coloured by classes where the writer names the language."""

import re
from collections.abc import Callable
from functools import cache
from html import escape, unescape
from itertools import batched
from time import thread_time

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

BLOCK = 10_000  # characters of a block that is still coloured
TOTAL = 60_000  # characters of all blocks that are
OVERHEAD = 200  # characters that starting on a block costs as much as
SECONDS = 0.3  # of the processor's time for all blocks; what people write takes a tenth of it

# Many lexers are quadratic in long lines and long gaps, which no person writes.
_MACHINE_MADE = re.compile(r"[^\n]{1000}|\s{300}")
_BLOCK = re.compile(r"<pre><code((?: [a-z-]+=\"[^\"]*\")*)>([^<]*)</code></pre>")
_LANGUAGE = re.compile(r'class="language-([^"\s,{:]*)')
_PLAIN = frozenset(("", "text", "plain", "plaintext", "txt", "none", "output"))


def colour(html: str, restore: Callable[[str], str]) -> str:
    """Return `html` with each block of code as a figure."""
    if "<pre><code" not in html:
        return html
    budget = Budget()

    def replace(match: re.Match[str]) -> str:
        written = _LANGUAGE.search(match[1])
        language = unescape(written[1]).lower() if written else ""
        content = restore(match[2])
        if language == "mermaid":
            return f'<pre class="mermaid"><code>{content}</code></pre>'
        return _figure(language, _coloured(language, content, budget))

    return _BLOCK.sub(replace, html)


class Budget:
    """What may still be spent on colours in one text."""

    def __init__(self) -> None:
        self._characters = TOTAL
        self._seconds = SECONDS

    def take(self, code: str) -> bool:
        """Tell whether `code` is worth colouring, and count it if so."""
        if len(code) > BLOCK or _MACHINE_MADE.search(code):
            return False
        self._characters -= len(code) + OVERHEAD
        return self._characters > 0 and self._seconds > 0

    def tokens(self, lexer: Lexer, code: str) -> list[tuple[_TokenType, str]] | None:
        """Return the tokens of `code`; None when they take more time than there is.

        The time decides only over texts made to be slow: all others are far below it, and
        so become the same in every process.
        """
        start = thread_time()
        end = start + self._seconds
        tokens: list[tuple[_TokenType, str]] = []
        for some in batched(lexer.get_tokens(code), 64):
            tokens += some
            if thread_time() > end:
                break
        self._seconds -= thread_time() - start
        return tokens if self._seconds > 0 else None


def _coloured(language: str, content: str, budget: Budget) -> str:
    lexer = _lexer(language)
    if lexer is None or not budget.take(code := unescape(content)):
        return content
    tokens = budget.tokens(lexer, code)
    return _spans(tokens) if tokens is not None else content


def _figure(language: str, content: str) -> str:
    label = f' data-lang="{escape(language[:40])}"' if language not in _PLAIN else ""
    return f'<figure class="code"{label}><pre tabindex="0"><code>{content}</code></pre></figure>'


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _spans(tokens: list[tuple[_TokenType, str]]) -> str:
    out: list[str] = []
    current = text = gap = ""
    for kind, value in tokens:
        if value.isspace():
            gap += value
        elif (name := _class(kind)) == current:
            text += gap + value
            gap = ""
        else:
            out += (_span(current, text), gap)
            current, text, gap = name, value, ""
    return "".join([*out, _span(current, text), gap])


def _span(name: str, text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<span class="{name}">{safe}</span>' if name else safe


CLASSES = ("c", "k", "s", "m", "nf", "nc", "nb", "nt", "na", "nv", "nd", "gd", "gi", "gh", "gp")
_BY_SHORT = {"cp": "k", "w": "", "sd": "c", "fm": "nf", "ne": "nc", "gu": "gh", "bp": "nb"}


@cache
def _class(kind: _TokenType) -> str:
    """Return the class of a token: the nearest of the few that a theme colours, or none."""
    short = STANDARD_TYPES.get(kind, "")
    for name in (short, _BY_SHORT.get(short, ""), short[:2], short[:1]):
        if name in CLASSES:
            return name
    return ""
