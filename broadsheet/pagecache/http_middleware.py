"""Compression and conditional GET of responses that the page cache does not store.

The page cache compresses and validates stored responses itself. It is not a Django middleware: it
wraps the application, in `wsgi.py` and `asgi.py`.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django_http_compression.middleware import HttpCompressionMiddleware

from broadsheet.pagecache.cache import RENDERING, is_cacheable


def _is_completed_by_cache(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the page cache is in front and completes this response."""
    return RENDERING in request.META and is_cacheable(
        str(response.status_code), list(response.items())
    )


class CompressionMiddleware(HttpCompressionMiddleware):
    """Compresses responses that are not cached."""

    def maybe_compress(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Compress, unless the page cache does."""
        if not _is_completed_by_cache(request, response):
            super().maybe_compress(request, response)


class PageConditionalGetMiddleware(ConditionalGetMiddleware):
    """Answers 304 for responses that are not cached."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compare ETags, unless the page cache does."""
        if _is_completed_by_cache(request, response):
            return response
        return super().process_response(request, response)
