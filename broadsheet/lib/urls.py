"""URL helpers: kinds of URLs, absolute URLs, and absolute URLs in HTML."""

import re
from urllib.parse import urljoin, urlsplit

from django.utils.encoding import iri_to_uri

# Only within a tag: text can contain `src="/…"` too.
_TAG = re.compile(r'<[a-zA-Z](?:[^<>"]|"[^"]*+")*+>')
_ATTRIBUTE = re.compile(r'(\s(?:href|src|poster|data-src)=")([^"]*)(")')
_SRCSET = re.compile(r'(\ssrcset=")([^"]*)(")')
# Browsers ignore control characters and read `\` as `/`; two slashes begin a host.
_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f]*")


def is_local_path(url: str) -> bool:
    """Return whether `url` is a path of this site in every browser."""
    return _PATH.fullmatch(url) is not None


def is_http_url(url: str) -> bool:
    """Return whether `url` is absolute: http or https, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def make_absolute(url: str, base: str) -> str:
    """Return `url` resolved against `base` as a URI; empty stays empty."""
    try:
        return iri_to_uri(urljoin(base, url)) if url else ""
    except ValueError:  # such as http://[half an IPv6 url
        return url


def make_absolute_in_html(html: str, base: str) -> str:
    """Make the URLs in `html`, as serialized by the sanitizer, absolute."""

    def replace_url(match: re.Match[str]) -> str:
        return match[1] + _join(match[2], base) + match[3]

    def replace_srcset(match: re.Match[str]) -> str:
        parts = (part.strip().partition(" ") for part in match[2].split(", "))
        joined = (f"{_join(url, base)}{space}{size}" for url, space, size in parts)
        return match[1] + ", ".join(joined) + match[3]

    return _TAG.sub(
        lambda tag: _SRCSET.sub(replace_srcset, _ATTRIBUTE.sub(replace_url, tag[0])), html
    )


def _join(url: str, base: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url
