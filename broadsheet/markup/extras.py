"""What Hashnode adds to Markdown, set aside before parsing and put back in its place after."""

import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import quote

_LINE = re.compile(
    r"^([ \t>]*+(?:[-*+][ \t]++|\d{1,9}[.)][ \t]++)?+)(%%?\[[^\n]{1,2000}\])[ \t]*$",
    re.MULTILINE,
)
_IMAGE_ATTRIBUTES = re.compile(
    r"(\]\([ \t]*+<?[^\s()<>]++(?:\([^\s()<>]*+\)[^\s()<>]*+)*+>?)"
    r'((?:[ \t]++[a-z]++="[^"\n]*+")++)(?=[ \t]*+\))'
)
_MENTION = re.compile(r"@\[([^\]\[\n]{1,100})\]\((?:user|publication):[^)\s]{0,100}\)")


class Extras:
    """The constructs of one text that stand aside while CommonMark is parsed.

    Each leaves a mark made of a character that the text does not have, so that nobody can write
    one. Where a mark ends up in code or in an attribute, the original returns as it was.
    """

    def __init__(self, source: str) -> None:
        self._originals: list[str] = []
        self._sign = _unused_character(source)
        self._mark = re.compile(f"{self._sign}(\\d+){self._sign}")
        coded = quote(self._sign)
        self._in_address = re.compile(
            f"(?:#?)(?:{coded}|{self._sign})(\\d+)(?:{coded}|{self._sign})"
        )
        self.source = self._set_aside(source)

    def _set_aside(self, source: str) -> str:
        if "%[" in source:
            source = _LINE.sub(lambda m: m[1] + self._leave(m[2]), source)
        if ' align="' in source or ' width="' in source or ' height="' in source:
            source = _IMAGE_ATTRIBUTES.sub(lambda m: m[1] + self._leave(m[2]), source)
        if "@[" in source:
            source = _MENTION.sub(lambda m: self._leave(m[0]), source)
        return source

    def _leave(self, original: str) -> str:
        self._originals.append(original)
        return f"{self._sign}{len(self._originals) - 1}{self._sign}"

    def __bool__(self) -> bool:
        return bool(self._originals)

    def replace(self, html: str, become: Callable[[str], str]) -> str:
        """Return `html` with each mark as what `become` makes of its original."""
        if not self._originals:
            return html
        return self._mark.sub(lambda m: become(self._original(m[1])), html)

    def restore(self, html: str) -> str:
        """Return `html`, code or an attribute, with the originals as they were written."""
        return self.replace(html, escape)

    def split_address(self, address: str) -> tuple[str, str]:
        """Return an image's address as it was meant and the attributes that followed it."""
        if not self._originals or (match := self._in_address.search(address)) is None:
            return address, ""
        return address[: match.start()], self._original(match[1])

    def _original(self, number: str) -> str:
        index = int(number[:9])
        return self._originals[index] if index < len(self._originals) else ""


def _unused_character(source: str) -> str:
    """Return a private character that neither stands in `source` nor is spelt there as entity."""
    seen = source + unescape(source) if "&#" in source else source
    return next(chr(c) for c in range(0xF0000, 0xFFFFD) if chr(c) not in seen)
