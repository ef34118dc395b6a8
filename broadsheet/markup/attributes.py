"""The attributes of a tag: which a writer may set, and what they become."""

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

from broadsheet.markup.limits import ATTRIBUTES, TooComplexError
from broadsheet.markup.options import ANCHOR

SCHEMES = frozenset(("http", "https", "mailto", "tel"))
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z_:][\w.:-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?+"""
)
_ALIGN = {
    "align": re.compile(r"^\s*+(left|right|center)\s*+$", re.IGNORECASE),
    "style": re.compile(
        r"^\s*+text-align\s*+:\s*+(left|right|center)\s*+(?:;\s*+)?+$", re.IGNORECASE
    ),
}
_FORGOTTEN = re.compile(r"\s*(?:align|height|width)=(?:%22|&quot;)")  # an address before these
_CONTROLS = re.compile(r"[\x00-\x20]+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}):")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_OURS = (ANCHOR, "fn-", "fnref-")
_UNFORGEABLE = ("data-embed", "data-lang", "data-provider", "data-widget", "rel")


def escape_quotes(text: str) -> str:
    """Make `text`, in which entities are spelt already, fit between double quotes."""
    return text.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


class Attributes:
    """Spells the attributes of one text's tags, and counts in `dropped` what was left out."""

    def __init__(self, restore: Callable[[str], str], dropped: Counter[str]) -> None:
        self._restore = restore
        self._dropped = dropped
        self._ids: set[str] = set()
        self._repeats: Counter[str] = Counter()

    def spell(self, name: str, attributes: str) -> dict[str, str]:
        """Return the attributes of a tag `name`, their values ready to stand in double quotes."""
        found = _ATTRIBUTE.findall(attributes)
        if len(found) > ATTRIBUTES:
            raise TooComplexError(f"A <{name}> tag has more than {ATTRIBUTES} attributes.")
        written: dict[str, str] = {}
        for key, double, single, bare in found:
            self._spell(name, key.lower(), double or single or bare, written)
        if name == "img" and "src" not in written:
            self._dropped["image without an address"] += 1
        return written

    def _spell(self, name: str, key: str, value: str, written: dict[str, str]) -> None:
        if key == "name" and name == "a":  # as anchors were written before HTML 5
            key = "id"
        if key in _ALIGN and (align := _ALIGN[key].search(value)):
            word = f"is-{align[1].lower()}"
            written["class"] = f"{written['class']} {word}" if "class" in written else word
        elif key == "style" or key.startswith("on"):
            self._dropped[f"{key[:20]} attribute"] += 1
        elif key in written or key.startswith(_UNFORGEABLE):
            return
        elif key in {"href", "src"}:
            self._spell_address(key, value, written)
        elif key == "id":
            self._spell_id(name, _anchor(escape_quotes(value)), written)
        elif key == "data-heading-content":  # headings.py reads its marks
            written[key] = escape_quotes(value)
        else:
            written[key] = self._restore(escape_quotes(value))

    def _spell_id(self, name: str, anchor: str, written: dict[str, str]) -> None:
        """Write an id unless it is taken; a heading gets a number then, as links lead to it."""
        wanted = anchor
        while anchor in self._ids:
            if name not in _HEADINGS:
                return
            self._repeats[wanted] += 1
            anchor = f"{wanted}-{self._repeats[wanted]}"
        self._ids.add(anchor)
        written["id"] = anchor

    def _spell_address(self, key: str, value: str, written: dict[str, str]) -> None:
        scheme = _scheme(value)
        if scheme and scheme not in SCHEMES:
            self._dropped[f"{'image' if key == 'src' else 'address'} with {scheme}:"] += 1
            if key == "src":
                written[key] = ""
            return
        if key == "src" and (not value.strip() or _FORGOTTEN.match(value)):
            return
        written[key] = _fragment(escape_quotes(value))
        if key == "href" and scheme in {"http", "https"}:
            written["rel"] = "noopener"


def _scheme(address: str) -> str:
    match = _SCHEME.match(_CONTROLS.sub("", unescape(address)))
    return match[1].lower() if match else ""


def _anchor(name: str) -> str:
    """Return an id that cannot be one of the page's own."""
    return name if name.startswith(_OURS) else ANCHOR + name


def _fragment(address: str) -> str:
    return f"#{_anchor(address[1:])}" if address.startswith("#") and len(address) > 1 else address
