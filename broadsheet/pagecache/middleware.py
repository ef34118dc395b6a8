"""Middleware that leaves to the page cache what it does once for all readers."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django_http_compression.middleware import HttpCompressionMiddleware

from broadsheet.pagecache.cache import MARK
from broadsheet.pagecache.stamps import HEADER


def _is_left(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the page cache stands in front and will complete this answer."""
    is_in_front = MARK in request.META or MARK in getattr(request, "scope", ())
    return is_in_front and response.status_code == 200 and response.has_header(HEADER)  # noqa: PLR2004


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
