"""`%[address]` as a click-to-load frame or a link card, `%%[widget]` as a note."""

import re
from html import escape
from urllib.parse import SplitResult, unquote, urlsplit

from broadsheet.markup.providers import frame_of

_CARDS = {
    "gist.github.com": "GitHub Gist", "twitter.com": "X", "x.com": "X", "github.com": "GitHub",
    "instagram.com": "Instagram", "linkedin.com": "LinkedIn", "reddit.com": "Reddit",
}  # fmt: skip
_EMPTY = re.compile(r"<p>\s*</p>\n?")


def become(original: str) -> str:
    """Return what a construct that was set aside becomes in the text, as HTML."""
    if original.startswith("%%["):
        return _widget(original[3:-1].strip())
    if original.startswith("%["):
        return _embed(original[2:-1].strip())
    if original.startswith("@["):
        return f"@{escape(original[2 : original.index(']')])}"
    return escape(original)


def name(original: str) -> str:
    """Return what a construct that was set aside reads in a label, as HTML."""
    return become(original) if original.startswith("@[") else escape(original)


def tidy(html: str) -> str:
    """Take out the empty paragraphs that figures leave where they stood in one."""
    return _EMPTY.sub("", html)


def _widget(name: str) -> str:
    shown = escape(name)
    return f'</p><p class="widget" data-widget="{shown}">%%[{shown}]</p><p>'


def _embed(address: str) -> str:
    page = _page(address)
    if page is None:
        return escape(f"%[{address}]")
    link = escape(page.geturl())
    text = escape(_readable(page))
    found = frame_of(page)
    if found is None:
        return f"</p>{_card(page, link, text)}<p>"
    name, frame = found
    return (
        f'</p><figure class="embed" data-embed="{escape(frame)}" data-provider="{name}">'
        f'<a href="{link}" rel="noopener">{text}</a><figcaption>{name}</figcaption></figure><p>'
    )


def _card(page: SplitResult, link: str, text: str) -> str:
    host = (page.hostname or "").removeprefix("www.")
    return (
        f'<p class="link"><a class="link-card" href="{link}" rel="noopener">'
        f'<span class="link-card-title">{text}</span>'
        f'<span class="link-card-host">{escape(_CARDS.get(host, host))}</span></a></p>'
    )


def _page(address: str) -> SplitResult | None:
    """Read the address of a page on the web; None when it is none."""
    try:
        page = urlsplit(address)
        has_host = bool(page.hostname) and page.port != 0
    except ValueError:
        return None
    return page if has_host and page.scheme in {"http", "https"} and " " not in address else None


def _readable(page: SplitResult) -> str:
    """Return the host and path as a person reads them."""
    path = unquote(page.path, errors="replace").rstrip("/")
    shown = (page.hostname or "").removeprefix("www.") + path
    return shown if len(shown) <= 80 else f"{shown[:79]}…"  # noqa: PLR2004
