"""Content codings: negotiation, and encoding and decoding of a body (RFC 9110, 8.4)."""

import gzip
import sys
from functools import lru_cache

import brotli
from django_http_compression.middleware import HttpCompressionMiddleware, best_coding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Compression gains nothing for bodies with fewer bytes.
MIN_LENGTH = 200


def is_compressible(content_type: str) -> bool:
    """Return whether compression makes bodies of that type smaller."""
    media_type = content_type.split(";", 1)[0].strip()
    return HttpCompressionMiddleware.content_type_re.match(media_type) is not None


@lru_cache(maxsize=512)
def negotiate(accept_encoding: str) -> str:
    """Return the best coding that an `Accept-Encoding` header allows; empty for none."""
    coding = best_coding(accept_encoding)
    return "" if coding == "identity" else coding


def encode(body: bytes, coding: str) -> bytes:
    """Return `body` in `coding`. Equal bodies give equal bytes."""
    match coding:
        case "br":
            return bytes(brotli.compress(body, quality=5))
        case "zstd":
            return zstd.compress(body, level=6)
        case "gzip":
            return gzip.compress(body, compresslevel=6, mtime=0)
    return body


def decode(body: bytes, coding: str) -> bytes:
    """Reverse `encode`."""
    match coding:
        case "br":
            return bytes(brotli.decompress(body))
        case "zstd":
            return zstd.decompress(body)
        case "gzip":
            return gzip.decompress(body)
    return body
