"""Raw HTML tags: allowed ones are written again in a normal form, others removed or escaped."""

import re
from collections import Counter
from collections.abc import Callable

from broadsheet.markup.attribute_normalizer import AttributeNormalizer, escape_quotes
from broadsheet.markup.limits import MAX_NESTING, MAX_WORK, TooComplexError

ALLOWED_TAGS = frozenset(
    "a abbr aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl"
    " dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s"
    " samp section small span strong sub summary sup table tbody td tfoot th thead time tr u ul"
    " var wbr".split()
)
"""The elements an author can use. Rendering adds others (sanitize.py)."""

_REMOVED_TAGS = frozenset(
    "acronym address annotation-xml applet area article audio base basefont bgsound big blink"
    " body button canvas center color-profile command content data datalist dialog dir embed"
    " fieldset font font-face font-face-format font-face-name font-face-src font-face-uri footer"
    " form frame frameset head header hgroup html iframe image input keygen label legend link"
    " listing main map marquee math menu menuitem meta meter missing-glyph nav nobr noembed"
    " noframes noscript object optgroup option output param picture plaintext portal progress"
    " script search select shadow slot source strike style svg template textarea title track tt"
    " video xmp".split()
)
"""Elements of HTML and SVG that are removed. Other words in angle brackets are shown as text."""

_TAGS_WITH_CONTENT = (
    "iframe noembed noframes noscript object script style svg template textarea title xmp"
)
_REMOVED_CONTENT = re.compile(
    rf"<!--|<({_TAGS_WITH_CONTENT.replace(' ', '|')})(?=[\s/>])", re.IGNORECASE
)
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++)"""
_TAG = re.compile(
    rf"<(/?)([a-zA-Z][a-zA-Z0-9-]*+)((?:\s++[a-zA-Z_:][\w.:-]*+(?:\s*+=\s*+{_VALUE})?+)*+)\s*+/?>"
)
_HOST = re.compile(r"""\bsrc\s*=\s*["']?(?:https?:)?//([\w.-]{1,100})""", re.IGNORECASE)
_EMPTY = frozenset("br col hr img wbr".split())
_SELF_CLOSING = frozenset("p li dt dd tr td th thead tbody tfoot colgroup rp rt".split())
_ALIASES = {"center": "div", "strike": "del", "acronym": "abbr", "tt": "code", "nobr": "span"}


class TagNormalizer:
    """Normalizes the tags of one text; counts removed ones in `dropped`.

    Its tags are well-formed, allowed and closed by name. That bounds the input of the sanitizer,
    whose parser is quadratic in depth and in attributes, and lets later steps find elements with
    regular expressions. It does not make the HTML safe: sanitize.py, the last step, does.
    """

    def __init__(self, restore: Callable[[str], str]) -> None:
        self.dropped: Counter[str] = Counter()
        self._attributes = AttributeNormalizer(restore, self.dropped)
        self._open: Counter[str] = Counter()
        self._renamed: dict[str, list[str]] = {}
        self._depth = 0
        self._work = 0

    def normalize(self, html: str) -> str:
        """Return `html` with normalized tags only. Raises TooComplexError."""
        pieces = _TAG.split(self._remove_content(html))
        out = [pieces[0].replace("<", "&lt;")]
        for i in range(1, len(pieces), 4):
            slash, name, attributes, text = pieces[i : i + 4]
            name = name.lower()
            if not attributes and name in _SELF_CLOSING:  # most tags, so first
                out.append(f"<{slash}{name}>")
            elif name in ALLOWED_TAGS or name in _ALIASES:
                out.append(self._close_tag(name) if slash else self._open_tag(name, attributes))
            elif name in _REMOVED_TAGS:
                if not slash:
                    self.dropped[_describe(name, attributes)] += 1
            else:
                out.append(f"&lt;{slash}{pieces[i + 1]}{escape_quotes(attributes)}&gt;")
            out.append(text.replace("<", "&lt;") if "<" in text else text)
        return "".join(out)

    def _remove_content(self, html: str) -> str:
        """Remove comments and the elements whose content is not text."""
        pieces, position = [], 0
        unclosed: set[str] = set()
        while match := _REMOVED_CONTENT.search(html, position):
            name = (match[1] or "").lower()
            end = None
            if name not in unclosed:
                closing = re.compile(rf"</{name}\s*>" if name else "-->", re.IGNORECASE)
                end = closing.search(html, match.end())
            if end is None:
                unclosed.add(name)
                pieces.append(html[position : match.end()])
                position = match.end()
                continue
            pieces.append(html[position : match.start()])
            if name:
                self.dropped[_describe(name, html[match.end() : end.start()][:2000])] += 1
            position = end.end()
        return "".join([*pieces, html[position:]]) if pieces else html

    def _open_tag(self, name: str, attributes: str) -> str:
        values = self._attributes.normalize(name, attributes) if attributes or name == "img" else {}
        if name == "img" and not values.get("src"):
            return ""
        actual = _ALIASES.get(name, name)
        if name == "center":
            values["class"] = "is-center"
        elif name in {"div", "p"} and values:
            actual, values = _callout(actual, values)
        if name not in _EMPTY and name not in _SELF_CLOSING:
            self._enter(name)
            if actual != name or self._renamed.get(name):
                self._renamed.setdefault(name, []).append(actual)
        if not values:
            return f"<{actual}>"
        markup = "".join([f' {key}="{value}"' for key, value in values.items()])
        return f"<{actual}{markup}>"

    def _enter(self, name: str) -> None:
        self._open[name] += 1
        self._depth += 1
        self._work += self._depth
        if self._depth > MAX_NESTING:
            raise TooComplexError(
                f"Elements (quotes, lists, emphasis or HTML such as <{name}>) are nested more "
                f"than {MAX_NESTING} levels deep. A closing tag may be missing."
            )
        if self._work > MAX_WORK:
            raise TooComplexError(
                f"The text has too many nested elements (<{name}> and others). Split it, or "
                "close its HTML tags."
            )

    def _close_tag(self, name: str) -> str:
        if name in _EMPTY:
            return "<br>" if name == "br" else ""
        if name not in _SELF_CLOSING:
            if not self._open[name]:
                return ""
            self._open[name] -= 1
            self._depth -= 1
        renamed = self._renamed.get(name)
        return f"</{renamed.pop() if renamed else _ALIASES.get(name, name)}>"


def _describe(name: str, attributes: str) -> str:
    host = _HOST.search(attributes)
    return f"<{name[:30]}> from {host[1]}" if host else f"<{name[:30]}>"


def _callout(name: str, attributes: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return element and attributes of a GFM alert or Hashnode callout; others are unchanged."""
    classes = attributes.get("class", "").split()
    part = attributes.get("data-node-type", "")
    if classes[:1] == ["markdown-alert"] and len(classes) == 2:  # noqa: PLR2004
        return "aside", {"class": f"callout is-{classes[1].removeprefix('markdown-alert-')}"}
    if classes == ["markdown-alert-title"]:
        return name, {"class": "callout-title"}
    if part == "callout":
        return "aside", {"class": "callout is-note"}
    if part in {"callout-emoji", "callout-text"}:
        return name, {"class": part}
    return name, attributes
