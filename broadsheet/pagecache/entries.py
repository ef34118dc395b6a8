"""Cached responses, in each content coding in which they were requested."""

from hashlib import blake2b
from typing import NamedTuple

from broadsheet.pagecache import compression
from broadsheet.pagecache.cdn_headers import CDN, NGINX_STORABLE, is_stored_by_nginx
from broadsheet.pagecache.tags import HEADER, PAGE_ID_HEADER

type Headers = list[tuple[str, str]]

#: Approximate bytes of memory of an entry without its body, and of each of its tags.
_OVERHEAD, _OVERHEAD_PER_TAG = 3_000, 250
_PAGE_ID = PAGE_ID_HEADER.lower()
_REPLACED = frozenset(
    {"content-length", "content-encoding", "etag", "vary", HEADER.lower(), _PAGE_ID}
)
_BODY_HEADERS = frozenset({"content-type", "content-length", "content-encoding"})
#: Supported names in `Vary`: the cache encodes bodies itself, and serves responses that vary by the
#: other two only to clients that send neither.
_KNOWN_VARY = frozenset({"accept-encoding", "authorization", "cookie"})


def vary_names(headers: Headers) -> list[str]:
    """Return the names of the request headers that a response varies by (RFC 9110, 12.5.5)."""
    values = (value for name, value in headers if name.lower() == "vary")
    return [name for value in values for name in map(str.strip, value.split(",")) if name]


def has_known_vary(headers: Headers) -> bool:
    """Return whether the cache can tell the variants of a response apart.

    Any other name, and `*`, means a difference that the cache does not see.
    """
    return all(name.lower() in _KNOWN_VARY for name in vary_names(headers))


class RawResponse(NamedTuple):
    """A response as the server sends it."""

    status: str
    headers: Headers
    body: list[bytes]


class Variant(NamedTuple):
    """An entry in one content coding: the responses to GET and HEAD, and the 304."""

    coding: str
    etag: str
    full: RawResponse
    head: RawResponse
    not_modified: RawResponse


class CacheEntry:
    """A response that is the same for every client that may receive it.

    `headers` and `body` are Django's, uncompressed; a `cdn` gets the cache tags. `page_id` is empty
    if views of the page are not counted. Raises KeyError if there are no tags.
    """

    __slots__ = (
        "_cache_headers",
        "_headers",
        "_is_compressible",
        "_variants",
        "_vary",
        "digest",
        "is_anonymous_only",
        "page_id",
        "tags",
    )

    def __init__(self, headers: Headers, body: bytes, cdn: CDN | None = None) -> None:
        values = {name.lower(): value for name, value in headers}
        self.tags = frozenset(values[HEADER.lower()].split())
        self.page_id = values.get(_PAGE_ID, "")
        self._vary = [name for name in vary_names(headers) if name.lower() != "accept-encoding"]
        self.is_anonymous_only = bool(self._vary)  # it varies by cookie or token
        self._is_compressible = compression.is_compressible(values.get("content-type", ""))
        self._headers = [pair for pair in headers if pair[0].lower() not in _REPLACED]
        if cdn is not None:
            self._headers += cdn.headers(self.tags, is_cacheable=not self.is_anonymous_only)
        is_storable = is_stored_by_nginx() and not self.is_anonymous_only
        self._cache_headers = [NGINX_STORABLE] if is_storable else []
        # Of the headers too: a cache that revalidates serves its stored headers.
        self.digest = blake2b(repr(self._headers).encode() + body, digest_size=12).hexdigest()
        self._variants = {"": self._build_variant(body, "")}

    def get_variant(self, coding: str) -> Variant | None:
        """Return the entry in `coding`, if it has been requested so before."""
        return self._variants.get(coding)

    def variant(self, coding: str) -> Variant:
        """Return the entry in `coding`; compress it the first time."""
        variant = self._variants.get(coding)
        return variant if variant is not None else self._add_variant(coding)

    @property
    def size(self) -> int:
        """The approximate number of bytes of memory."""
        variants = {id(variant): variant for variant in self._variants.values()}.values()
        bodies = sum(len(variant.full.body[0]) for variant in variants)
        return bodies + _OVERHEAD + _OVERHEAD_PER_TAG * len(self.tags)

    def compact(self, coding: str) -> None:
        """Keep only the variant in `coding`; others are made from it on demand."""
        self._variants = {coding: self.variant(coding)}

    def _add_variant(self, coding: str) -> Variant:
        variant = next(iter(self._variants.values()))
        body = compression.decode(variant.full.body[0], variant.coding)
        if self._is_compressible and len(body) >= compression.MIN_LENGTH:
            variant = self._build_variant(compression.encode(body, coding), coding)
        self._variants = {**self._variants, coding: variant}
        return variant

    def _build_variant(self, body: bytes, coding: str) -> Variant:
        etag = f'"{self.digest}-{coding}"' if coding else f'"{self.digest}"'
        headers = [*self._headers, ("ETag", etag)]
        headers.append(("Vary", ", ".join([*self._vary, "Accept-Encoding"])))
        not_modified = [pair for pair in headers if pair[0].lower() not in _BODY_HEADERS]
        if coding:
            headers.append(("Content-Encoding", coding))
        headers.append(("Content-Length", str(len(body))))
        headers += self._cache_headers
        return Variant(
            coding,
            etag,
            RawResponse("200 OK", headers, [body]),
            RawResponse("200 OK", headers, []),
            RawResponse("304 Not Modified", not_modified, []),
        )
