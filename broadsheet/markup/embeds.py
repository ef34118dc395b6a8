"""`%[URL]` as a click-to-load embed or a link card, `%%[widget]` as a placeholder."""

import re
from html import escape
from urllib.parse import SplitResult, unquote, urlsplit

from broadsheet.markup.providers import find_embed

_CARD_LABELS = {
    "gist.github.com": "GitHub Gist", "twitter.com": "X", "x.com": "X", "github.com": "GitHub",
    "instagram.com": "Instagram", "linkedin.com": "LinkedIn", "reddit.com": "Reddit",
}  # fmt: skip
_EMPTY_PARAGRAPH = re.compile(r"<p>\s*</p>\n?")


def render_embed(source: str) -> str:
    """Return the HTML of a Hashnode construct in the text."""
    if source.startswith("%%["):
        return _widget(source[3:-1].strip())
    if source.startswith("%["):
        return _embed(source[2:-1].strip())
    if source.startswith("@["):
        return f"@{escape(source[2 : source.index(']')])}"
    return escape(source)


def render_in_label(source: str) -> str:
    """Return the HTML of a Hashnode construct in a label, such as that of a heading's anchor."""
    return render_embed(source) if source.startswith("@[") else escape(source)


def remove_empty_paragraphs(html: str) -> str:
    """Remove the empty paragraphs that remain where a figure ended a paragraph."""
    return _EMPTY_PARAGRAPH.sub("", html)


def _widget(name: str) -> str:
    name = escape(name)
    return f'</p><p class="widget" data-widget="{name}">%%[{name}]</p><p>'


def _embed(url: str) -> str:
    page = _parse_page_url(url)
    if page is None:
        return escape(f"%[{url}]")
    link = escape(page.geturl())
    text = escape(_readable(page))
    embed = find_embed(page)
    if embed is None:
        return f"</p>{_card(page, link, text)}<p>"
    provider, frame_url = embed
    return (
        f'</p><figure class="embed" data-embed="{escape(frame_url)}" data-provider="{provider}">'
        f'<a href="{link}" rel="noopener">{text}</a><figcaption>{provider}</figcaption></figure><p>'
    )


def _card(page: SplitResult, link: str, text: str) -> str:
    host = (page.hostname or "").removeprefix("www.")
    return (
        f'<p class="link"><a class="link-card" href="{link}" rel="noopener">'
        f'<span class="link-card-title">{text}</span>'
        f'<span class="link-card-host">{escape(_CARD_LABELS.get(host, host))}</span></a></p>'
    )


def _parse_page_url(url: str) -> SplitResult | None:
    """Parse the URL of a web page; None if it is none."""
    try:
        page = urlsplit(url)
        has_host = bool(page.hostname) and page.port != 0
    except ValueError:
        return None
    return page if has_host and page.scheme in {"http", "https"} and " " not in url else None


def _readable(page: SplitResult) -> str:
    """Return host and path without escapes, shortened."""
    path = unquote(page.path, errors="replace").rstrip("/")
    text = (page.hostname or "").removeprefix("www.") + path
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004
