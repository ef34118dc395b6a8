"""Normalizes attributes of raw HTML tags: ids, URLs, alignment. `sanitize` has the allowlist."""

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

from broadsheet.markup.limits import MAX_ATTRIBUTES, TooComplexError
from broadsheet.markup.parser import HEADING_PREFIX

URL_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z_:][\w.:-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?+"""
)
_ALIGN = {
    "align": re.compile(r"^\s*+(left|right|center)\s*+$", re.IGNORECASE),
    "style": re.compile(
        r"^\s*+text-align\s*+:\s*+(left|right|center)\s*+(?:;\s*+)?+$", re.IGNORECASE
    ),
}
# Hashnode's attributes of an image without a URL, which the parser mistakes for a URL.
_MISSING_URL = re.compile(r"\s*(?:align|height|width)=(?:%22|&quot;)")
_CONTROLS = re.compile(r"[\x00-\x20]+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}):")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ID_PREFIXES = (HEADING_PREFIX, "fn-", "fnref-")
_RESERVED = ("data-embed", "data-lang", "data-provider", "data-widget", "rel")  # set by us only


def escape_quotes(text: str) -> str:
    """Escape `text`, whose ampersands are escaped already, for a double-quoted attribute."""
    return text.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


class AttributeNormalizer:
    """Normalizes the attributes of one text's tags; counts removed ones in `dropped`."""

    def __init__(self, restore: Callable[[str], str], dropped: Counter[str]) -> None:
        self._restore = restore
        self._dropped = dropped
        self._ids: set[str] = set()
        self._repeats: Counter[str] = Counter()

    def normalize(self, tag: str, source: str) -> dict[str, str]:
        """Return the normalized attributes of a `tag`, escaped for double quotes."""
        pairs = _ATTRIBUTE.findall(source)
        if len(pairs) > MAX_ATTRIBUTES:
            raise TooComplexError(f"A <{tag}> tag has more than {MAX_ATTRIBUTES} attributes.")
        attributes: dict[str, str] = {}
        for name, double, single, bare in pairs:
            self._add(tag, name.lower(), double or single or bare, attributes)
        if tag == "img" and "src" not in attributes:
            self._dropped["image without a URL"] += 1
        return attributes

    def _add(self, tag: str, name: str, value: str, attributes: dict[str, str]) -> None:
        if name == "name" and tag == "a":  # an anchor before HTML 5
            name = "id"
        if name in _ALIGN and (align := _ALIGN[name].search(value)):
            css = f"is-{align[1].lower()}"
            attributes["class"] = f"{attributes['class']} {css}" if "class" in attributes else css
        elif name == "style" or name.startswith("on"):
            self._dropped[f"{name[:20]} attribute"] += 1
        elif name in attributes or name.startswith(_RESERVED):
            return
        elif name in {"href", "src"}:
            self._add_url(name, value, attributes)
        elif name == "id":
            self._add_id(tag, _prefix_id(escape_quotes(value)), attributes)
        elif name == "data-heading-content":  # headings.py replaces the placeholders in it
            attributes[name] = escape_quotes(value)
        else:
            attributes[name] = self._restore(escape_quotes(value))

    def _add_id(self, tag: str, html_id: str, attributes: dict[str, str]) -> None:
        """Add an id unless it is taken; a heading gets a number instead, since links need it."""
        original = html_id
        while html_id in self._ids:
            if tag not in _HEADINGS:
                return
            self._repeats[original] += 1
            html_id = f"{original}-{self._repeats[original]}"
        self._ids.add(html_id)
        attributes["id"] = html_id

    def _add_url(self, name: str, value: str, attributes: dict[str, str]) -> None:
        scheme = _scheme(value)
        if scheme and scheme not in URL_SCHEMES:
            self._dropped[f"{'image' if name == 'src' else 'link'} with {scheme}:"] += 1
            if name == "src":
                attributes[name] = ""
            return
        if name == "src" and (not value.strip() or _MISSING_URL.match(value)):
            return
        attributes[name] = _prefix_fragment(self._restore(escape_quotes(value)))
        if name == "href" and scheme in {"http", "https"}:
            attributes["rel"] = "noopener"


def _scheme(url: str) -> str:
    match = _SCHEME.match(_CONTROLS.sub("", unescape(url)))
    return match[1].lower() if match else ""


def _prefix_id(html_id: str) -> str:
    """Return an id that cannot clash with an id of the page itself."""
    return html_id if html_id.startswith(_ID_PREFIXES) else HEADING_PREFIX + html_id


def _prefix_fragment(url: str) -> str:
    return f"#{_prefix_id(url[1:])}" if url.startswith("#") and len(url) > 1 else url
