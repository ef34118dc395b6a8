"""Syntax highlighting of code blocks that name their language."""

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

_MAX_BLOCK = 10_000  # characters of a highlighted block
_MAX_TOTAL = 60_000  # characters of all highlighted blocks of a text
_BLOCK_OVERHEAD = 200  # start-up cost of a block, in characters
_MAX_SECONDS = 0.3  # CPU time for all blocks of a text; real texts take a tenth of it

# Many lexers are quadratic in long lines and long gaps, which occur only in generated code.
_MACHINE_MADE = re.compile(r"[^\n]{1000}|\s{300}")
_BLOCK = re.compile(r"<pre><code((?: [a-z-]+=\"[^\"]*\")*)>([^<]*)</code></pre>")
_LANGUAGE_CLASS = re.compile(r'class="language-([^"\s,{:]*)')
_UNLABELLED = frozenset(("", "text", "plain", "plaintext", "txt", "none", "output"))


def highlight(html: str, restore: Callable[[str], str]) -> str:
    """Return `html` with each code block as a highlighted figure."""
    if "<pre><code" not in html:
        return html
    budget = HighlightBudget()

    def replace(match: re.Match[str]) -> str:
        name = _LANGUAGE_CLASS.search(match[1])
        language = unescape(name[1]).lower() if name else ""
        content = restore(match[2])
        if language == "mermaid":
            return f'<pre class="mermaid"><code>{content}</code></pre>'
        return _figure(language, _highlight(language, content, budget))

    return _BLOCK.sub(replace, html)


class HighlightBudget:
    """The remaining budget for highlighting one text: characters and CPU time."""

    def __init__(self) -> None:
        self._characters = _MAX_TOTAL
        self._seconds = _MAX_SECONDS

    def take(self, code: str) -> bool:
        """Return whether `code` can be highlighted; counts it if so."""
        if len(code) > _MAX_BLOCK or _MACHINE_MADE.search(code):
            return False
        self._characters -= len(code) + _BLOCK_OVERHEAD
        return self._characters > 0 and self._seconds > 0

    def tokens(self, lexer: Lexer, code: str) -> list[tuple[_TokenType, str]] | None:
        """Return the tokens of `code`; None if they take more time than is left.

        Only texts made to be slow reach the time limit. All others stay far below it, so every
        process renders them alike.
        """
        start = thread_time()
        end = start + self._seconds
        tokens: list[tuple[_TokenType, str]] = []
        for batch in batched(lexer.get_tokens(code), 64):
            tokens += batch
            if thread_time() > end:
                break
        self._seconds -= thread_time() - start
        return tokens if self._seconds > 0 else None


def _highlight(language: str, content: str, budget: HighlightBudget) -> str:
    lexer = _lexer(language)
    if lexer is None or not budget.take(code := unescape(content)):
        return content
    tokens = budget.tokens(lexer, code)
    return _spans(tokens) if tokens is not None else content


def _figure(language: str, content: str) -> str:
    label = f' data-lang="{escape(language[:40])}"' if language not in _UNLABELLED else ""
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
        elif (name := _token_class(kind)) == current:
            text += gap + value
            gap = ""
        else:
            out += (_span(current, text), gap)
            current, text, gap = name, value, ""
    return "".join([*out, _span(current, text), gap])


def _span(css: str, text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<span class="{css}">{safe}</span>' if css else safe


TOKEN_CLASSES = (
    "c",
    "k",
    "s",
    "m",
    "nf",
    "nc",
    "nb",
    "nt",
    "na",
    "nv",
    "nd",
    "gd",
    "gi",
    "gh",
    "gp",
)
_CLASS_BY_SHORT_NAME = {
    "cp": "k",
    "w": "",
    "sd": "c",
    "fm": "nf",
    "ne": "nc",
    "gu": "gh",
    "bp": "nb",
}


@cache
def _token_class(kind: _TokenType) -> str:
    """Return the CSS class of a token: the nearest one that themes style, or an empty string."""
    short = STANDARD_TYPES.get(kind, "")
    for name in (short, _CLASS_BY_SHORT_NAME.get(short, ""), short[:2], short[:1]):
        if name in TOKEN_CLASSES:
            return name
    return ""
