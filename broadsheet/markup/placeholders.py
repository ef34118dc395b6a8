"""Hashnode's extensions of Markdown: replaced by placeholders while the text is parsed."""

import re
from collections.abc import Callable
from html import escape, unescape
from itertools import chain, islice
from urllib.parse import quote, unquote

from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.math_delimiters import replace_plain_dollars

# Not the URL of a link or of a definition that begins in the line before.
_EMBED_LINE = re.compile(
    r"^(?<!\]\(\n)(?<!\]:\n)"
    r"([ \t>]*+(?:[-*+][ \t]++|\d{1,9}[.)][ \t]++)?+)(%%?\[[^\n]{1,2000}\])[ \t]*$",
    re.MULTILINE,
)
_IMAGE_ATTRIBUTES = re.compile(
    r'(\]\([ \t]*+(?:<[^<>\n]*+(?=>)|[^\s()<>"]++(?:\([^\s()<>"]*+\)[^\s()<>"]*+)*+))(>?)'
    r'((?:[ \t]++[a-z]++="[^"\n]*+")++)(?=[ \t]*+\))'
)
#: A URL, or an HTML tag with the URLs in it.
URL_OR_TAG = (
    r"\]\([ \t]*+(?:<[^<>\n]*+>|(?:[^\s()<>]++|\([^\s()]*+\))*+)"
    r"|\]:[ \t]*+/\S++"
    r"|(?:://|\bwww\.)(?:[^\s<>\[\]()]++|\[[^\]\[\n]{0,100}+\]|\([^\s()]{0,300}+\))*+"
    r"|<[a-zA-Z][\w-]*+(?:\s++[a-zA-Z_:][\w.:-]*+(?:\s*+=\s*+"
    r"""(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+)*+\s*+/?>"""
)
_MENTION = re.compile(
    rf"{URL_OR_TAG}|@\[([^\]\[\n]{{1,100}})\]\((?:user|publication):[^)\s]{{0,100}}\)"
)
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_RARE = re.compile("[\U0001d000-\U0001d0ff\U000f0000-\U0010ffff]")
_ESCAPES = ("&#", "%f", "%F")  # beginnings of escaped rare characters, in entities and URLs

# The placeholder of a dollar is a symbol too, so that emphasis next to it is parsed alike.
_SYMBOLS = range(0x1D000, 0x1D0F6)
_PRIVATE = (range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


class Placeholders:
    """The constructs of one text, and its `source` with placeholders for them.

    A placeholder consists of characters that the text does not have, so no text can forge one.
    In code and attributes the original source is restored.
    """

    def __init__(self, source: str) -> None:
        self._originals: list[str] = []
        self._dollar = ""
        self.source = source
        has_constructs = "%[" in source or "@[" in source or '="' in source
        if not has_constructs and "$" not in source:
            return
        used = _rare_characters(source)
        if "$" in source:
            self._dollar = _unused(used, _SYMBOLS, 1)
            self.source = replace_plain_dollars(source, self._dollar)
        if has_constructs:
            self._insert_placeholders(_unused(used, chain(*_PRIVATE), 12))

    def _insert_placeholders(self, characters: str) -> None:
        self._delimiter, self._label_delimiter, digits = (
            characters[0],
            characters[1],
            characters[2:],
        )
        self._digits = str.maketrans("0123456789", digits)
        self._numbers = str.maketrans(digits, "0123456789")
        self._pattern = re.compile(
            f"{self._delimiter}([{digits}]++)"
            f"(?:{self._delimiter}|{self._label_delimiter}[^{self._label_delimiter}]*+{self._label_delimiter})"
        )
        self._characters = re.compile(f"[{characters}]")
        delimiter = f"(?:{quote(self._delimiter)}|{self._delimiter})"
        number = f"(?:{'|'.join(map(quote, digits))}|[{digits}])"
        self._in_url = re.compile(f"#?{delimiter}({number}++){delimiter}")
        source = self.source
        if "%[" in source:
            source = _EMBED_LINE.sub(lambda m: m[1] + self._placeholder(m[2]), source)
        if ' align="' in source or ' width="' in source or ' height="' in source:
            source = _IMAGE_ATTRIBUTES.sub(lambda m: m[1] + self._placeholder(m[3]) + m[2], source)
        if "@[" in source:
            source = _MENTION.sub(
                lambda m: self._placeholder(m[0], label=f"@{m[1]}") if m[1] else m[0], source
            )
        self.source = source

    def _placeholder(self, original: str, *, label: str = "") -> str:
        """Return a placeholder for `original`; its `label` becomes part of a heading's id."""
        number = str(len(self._originals)).translate(self._digits)
        self._originals.append(self.restore_dollars(original))
        if not label:
            return f"{self._delimiter}{number}{self._delimiter}"
        escaped = _PUNCTUATION.sub(r"\\\1", label)
        return f"{self._delimiter}{number}{self._label_delimiter}{escaped}{self._label_delimiter}"

    def __bool__(self) -> bool:
        return bool(self._originals)

    def restore_dollars(self, text: str) -> str:
        """Return `text` with the dollars that delimit no formula."""
        if not self._dollar:
            return text
        return text.replace(self._dollar, "$").replace(quote(self._dollar), "$")

    def replace(self, html: str, render: Callable[[str], str]) -> str:
        """Return `html` with each placeholder replaced by `render(original)`."""
        if not self._originals or self._delimiter not in html:
            return html
        html = self._pattern.sub(lambda m: render(self._original(m[1])), html)
        # The parser can cut a placeholder, for example at the end of a table cell.
        return (
            self._characters.sub("", html)
            if self._delimiter in html or self._label_delimiter in html
            else html
        )

    def restore(self, html: str) -> str:
        """Return `html`, code or an attribute, with the original source."""
        return self.replace(html, escape)

    def split_url(self, url: str) -> tuple[str, str]:
        """Return an image's URL and Hashnode's attributes after it."""
        if not self._originals or (match := self._in_url.search(url)) is None:
            return url, ""
        return url[: match.start()], self._original(unquote(match[1]))

    def _original(self, number: str) -> str:
        index = int(number.translate(self._numbers)[:9])
        return self._originals[index] if index < len(self._originals) else ""


def _rare_characters(source: str) -> set[str]:
    """Return the characters of `source`, escaped ones included; only rare ones need be there."""
    if any(start in source for start in _ESCAPES):
        return {*source, *unescape(source), *unquote(source)}
    return set() if source.isascii() or not _RARE.search(source) else set(source)


def _unused(used: set[str], codes: "range | chain[int]", number: int) -> str:
    """Return the first `number` characters that are not `used`. Raises TooComplexError."""
    unused = "".join(islice((chr(code) for code in codes if chr(code) not in used), number))
    if len(unused) < number:
        raise TooComplexError(
            "The text uses every private-use character or every Byzantine musical symbol. "
            "Remove some of them: they are needed as placeholders."
        )
    return unused
