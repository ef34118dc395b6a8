"""Middleware that leaves to the page cache what it does once for all readers."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django_http_compression.middleware import HttpCompressionMiddleware

from broadsheet.pagecache.cache import MARK, is_kept


def _is_left(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the page cache stands in front and will complete this answer."""
    if MARK not in request.META and MARK not in getattr(request, "scope", ()):
        return False
    return is_kept(str(response.status_code), list(response.items()))


class Compression(HttpCompressionMiddleware):
    """Compresses what is not kept."""

    def maybe_compress(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Compress, unless that is left to the page cache."""
        if not _is_left(request, response):
            super().maybe_compress(request, response)


class ConditionalGet(ConditionalGetMiddleware):
    """Answers 304 for what is not kept."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compare ETags, unless that is left to the page cache."""
        return (
            response if _is_left(request, response) else super().process_response(request, response)
        )
