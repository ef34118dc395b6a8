"""Addresses: absolute ones, and those within HTML that leaves the site."""

import re
from urllib.parse import urljoin

from django.utils.encoding import iri_to_uri

# Within a tag only: text may well contain `src="/…"` too.
_TAG = re.compile(r'<[a-zA-Z](?:[^>"]|"[^"]*")*>')
_ATTRIBUTE = re.compile(r'(\s(?:href|src|poster|data-src)=")([^"]*)(")')
_SRCSET = re.compile(r'(\ssrcset=")([^"]*)(")')


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
