"""Addresses: what kind they are, absolute ones, and those within HTML that leaves the site."""

import re
from urllib.parse import urljoin, urlsplit

from django.utils.encoding import iri_to_uri

# Within a tag only: text may well contain `src="/…"` too.
_TAG = re.compile(r'<[a-zA-Z](?:[^<>"]|"[^"]*+")*+>')
_ATTRIBUTE = re.compile(r'(\s(?:href|src|poster|data-src)=")([^"]*)(")')
_SRCSET = re.compile(r'(\ssrcset=")([^"]*)(")')
# Browsers pass over control characters and read `\` as `/`; two of those begin a host.
_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f]*")


def is_path(address: str) -> bool:
    """Whether `address` is a path of this site, and every browser takes it as one."""
    return _PATH.fullmatch(address) is not None


def is_web(address: str) -> bool:
    """Whether `address` is a whole one on the web: http or https, and a host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def absolute(address: str, base: str) -> str:
    """Return `address` as it reads on the page at `base`, as a URI; empty stays empty."""
    try:
        return iri_to_uri(urljoin(base, address)) if address else ""
    except ValueError:  # such as http://[half an IPv6 address
        return address


def absolute_within(html: str, base: str) -> str:
    """Make the addresses within `html`, as the sanitiser writes it, absolute."""

    def one(match: re.Match[str]) -> str:
        return match[1] + _joined(match[2], base) + match[3]

    def several(match: re.Match[str]) -> str:
        parts = (part.strip().partition(" ") for part in match[2].split(", "))
        joined = (f"{_joined(address, base)}{gap}{size}" for address, gap, size in parts)
        return match[1] + ", ".join(joined) + match[3]

    return _TAG.sub(lambda tag: _SRCSET.sub(several, _ATTRIBUTE.sub(one, tag[0])), html)


def _joined(address: str, base: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address
