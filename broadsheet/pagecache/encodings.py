"""Content codings: which one a client wants, and a body in it (RFC 9110, 8.4)."""

import gzip
import sys
from functools import lru_cache

import brotli
from django_http_compression.middleware import HttpCompressionMiddleware, best_coding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Below so many bytes compression gains nothing.
SHORT = 200


def is_compressible(content_type: str) -> bool:
    """Return whether bodies of that type become shorter."""
    kind = content_type.split(";", 1)[0].strip()
    return HttpCompressionMiddleware.content_type_re.match(kind) is not None


@lru_cache(maxsize=512)
def choose(accepted: str) -> str:
    """Return the coding for a client that sends this `Accept-Encoding`; empty for none."""
    coding = best_coding(accepted)
    return "" if coding == "identity" else coding


def encode(body: bytes, coding: str) -> bytes:
    """Return `body` in `coding`. The same body gives the same bytes."""
    match coding:
        case "br":
            return bytes(brotli.compress(body, quality=5))
        case "zstd":
            return zstd.compress(body, level=6)
        case "gzip":
            return gzip.compress(body, compresslevel=6, mtime=0)
    return body


def decode(body: bytes, coding: str) -> bytes:
    """Return what `encode` was given."""
    match coding:
        case "br":
            return bytes(brotli.decompress(body))
        case "zstd":
            return zstd.decompress(body)
        case "gzip":
            return gzip.decompress(body)
    return body
