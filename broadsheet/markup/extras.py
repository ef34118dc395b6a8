"""What Hashnode adds to Markdown, set aside before parsing and put back in its place after."""

import re
from collections.abc import Callable
from html import escape, unescape
from itertools import chain, islice
from urllib.parse import quote, unquote

from broadsheet.markup import dollars
from broadsheet.markup.limits import TooComplexError

_LINE = re.compile(
    r"^([ \t>]*+(?:[-*+][ \t]++|\d{1,9}[.)][ \t]++)?+)(%%?\[[^\n]{1,2000}\])[ \t]*$",
    re.MULTILINE,
)
_IMAGE_ATTRIBUTES = re.compile(
    r'(\]\([ \t]*+<?[^\s()<>"]++(?:\([^\s()<>"]*+\)[^\s()<>"]*+)*+>?)'
    r'((?:[ \t]++[a-z]++="[^"\n]*+")++)(?=[ \t]*+\))'
)
_MENTION = re.compile(r"@\[([^\]\[\n]{1,100})\]\((?:user|publication):[^)\s]{0,100}\)")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_RARE = re.compile("[\U0001d000-\U0001d0ff\U000f0000-\U0010ffff]")
_SPELT = ("&#", "%f", "%F")  # how such characters begin as entities, and in addresses

# A dollar's stand-in is a symbol as it is itself, so that emphasis beside it is read alike.
_SYMBOLS = range(0x1D000, 0x1D0F6)
_PRIVATE = (range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


class Extras:
    """The constructs of one text that stand aside while CommonMark is parsed.

    Each leaves a mark made of characters that the text does not have, so that no one can write
    one. Where a mark ends up in code or in an attribute, the original returns as it was.
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
            self.source = dollars.mark(source, self._dollar)
        if has_constructs:
            self._set_aside(_unused(used, chain(*_PRIVATE), 12))

    def _set_aside(self, characters: str) -> None:
        self._sign, self._around, digits = characters[0], characters[1], characters[2:]
        self._digits = str.maketrans("0123456789", digits)
        self._numbers = str.maketrans(digits, "0123456789")
        self._mark = re.compile(
            f"{self._sign}([{digits}]++)"
            f"(?:{self._sign}|{self._around}[^{self._around}]*+{self._around})"
        )
        self._broken = re.compile(f"[{characters}]")
        sign = f"(?:{quote(self._sign)}|{self._sign})"
        number = f"(?:{'|'.join(map(quote, digits))}|[{digits}])"
        self._in_address = re.compile(f"#?{sign}({number}++){sign}")
        source = self.source
        if "%[" in source:
            source = _LINE.sub(lambda m: m[1] + self._leave(m[2]), source)
        if ' align="' in source or ' width="' in source or ' height="' in source:
            source = _IMAGE_ATTRIBUTES.sub(lambda m: m[1] + self._leave(m[2]), source)
        if "@[" in source:
            source = _MENTION.sub(lambda m: self._leave(m[0], shown=f"@{m[1]}"), source)
        self.source = source

    def _leave(self, original: str, *, shown: str = "") -> str:
        """Return a mark for `original`; what is `shown` of it is part of a heading's address."""
        number = str(len(self._originals)).translate(self._digits)
        self._originals.append(self.return_dollars(original))
        if not shown:
            return f"{self._sign}{number}{self._sign}"
        spelt = _PUNCTUATION.sub(r"\\\1", shown)
        return f"{self._sign}{number}{self._around}{spelt}{self._around}"

    def __bool__(self) -> bool:
        return bool(self._originals)

    def return_dollars(self, text: str) -> str:
        """Return `text` with the dollars that belong to no formula as they were written."""
        if not self._dollar:
            return text
        return text.replace(self._dollar, "$").replace(quote(self._dollar), "$")

    def replace(self, html: str, become: Callable[[str], str]) -> str:
        """Return `html` with each mark as what `become` makes of its original."""
        if not self._originals or self._sign not in html:
            return html
        html = self._mark.sub(lambda m: become(self._original(m[1])), html)
        # The parser may cut a mark, as at the end of a table's cell.
        return self._broken.sub("", html) if self._sign in html or self._around in html else html

    def restore(self, html: str) -> str:
        """Return `html`, code or an attribute, with the originals as they were written."""
        return self.replace(html, escape)

    def split_address(self, address: str) -> tuple[str, str]:
        """Return an image's address as it was meant and the attributes that followed it."""
        if not self._originals or (match := self._in_address.search(address)) is None:
            return address, ""
        return address[: match.start()], self._original(unquote(match[1]))

    def _original(self, number: str) -> str:
        index = int(number.translate(self._numbers)[:9])
        return self._originals[index] if index < len(self._originals) else ""


def _rare_characters(source: str) -> set[str]:
    """Return the characters that stand in `source`, also those spelt there otherwise."""
    if any(start in source for start in _SPELT):
        return {*source, *unescape(source), *unquote(source)}
    return set() if source.isascii() or not _RARE.search(source) else set(source)


def _unused(used: set[str], codes: "range | chain[int]", number: int) -> str:
    """Return the first characters that are not `used`. Raises TooComplexError."""
    unused = "".join(islice((chr(code) for code in codes if chr(code) not in used), number))
    if len(unused) < number:
        raise TooComplexError(
            "The text uses every private-use character or every Byzantine musical symbol. "
            "Remove some of them: they are needed as placeholders."
        )
    return unused
