"""Blocks of code: coloured by classes where the writer names the language."""

import re
from collections.abc import Callable
from functools import cache
from html import escape, unescape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

BLOCK = 10_000  # characters of a block that is still coloured
TOTAL = 60_000  # characters of all blocks that are
OVERHEAD = 200  # characters that starting on a block costs as much as

_BLOCK = re.compile(r"<pre><code((?: [a-z-]+=\"[^\"]*\")*)>([^<]*)</code></pre>")
_LANGUAGE = re.compile(r'class="language-([^"\s,{:]*)')
_PLAIN = frozenset(("", "text", "plain", "plaintext", "txt", "none", "output"))


def colour(html: str, restore: Callable[[str], str]) -> str:
    """Return `html` with each block of code as a figure."""
    if "<pre><code" not in html:
        return html
    left = TOTAL

    def replace(match: re.Match[str]) -> str:
        nonlocal left
        written = _LANGUAGE.search(match[1])
        language = unescape(written[1]).lower() if written else ""
        content = restore(match[2])
        if language == "mermaid":
            return f'<pre class="mermaid"><code>{content}</code></pre>'
        if len(content) <= min(BLOCK, left) and (lexer := _lexer(language)):
            left -= len(content) + OVERHEAD
            content = _spans(lexer, unescape(content))
        return _figure(language, content)

    return _BLOCK.sub(replace, html)


def _figure(language: str, content: str) -> str:
    label = f' data-lang="{escape(language[:40])}"' if language not in _PLAIN else ""
    return f'<figure class="code"{label}><pre tabindex="0"><code>{content}</code></pre></figure>'


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _spans(lexer: Lexer, code: str) -> str:
    out: list[str] = []
    current = text = gap = ""
    for kind, value in lexer.get_tokens(code):
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
