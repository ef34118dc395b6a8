"""Browsable API: middleware that shows the JSON of the API as an HTML page in browsers.

REST framework's own browsable API is a renderer, which would need forms and a renderer's data; this
needs only the bytes of a response, whoever rendered them.
"""

import json
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

_MAX_LENGTH = 200_000  # bytes; longer responses stay JSON


def browsable_api(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Show the JSON of the API as a page to clients that prefer HTML."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_api_read = request.path_info.startswith("/api/") and request.method in {"GET", "HEAD"}
        if not (is_api_read and _prefers_html(request)):
            return get_response(request)
        request.META["HTTP_ACCEPT"] = "*/*"  # REST framework renders JSON, which becomes a page
        response = get_response(request)
        return _page(request, response) if isinstance(response, HttpResponse) else response

    return middleware


def _prefers_html(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return `response` as an HTML page with the same status; it must not be cached."""
    is_json = response.headers.get("Content-Type", "").split(";")[0].endswith("json")
    is_schema = request.path_info.removesuffix("/").endswith(".json")
    if not is_json or is_schema or len(response.content) > _MAX_LENGTH:
        return response
    text = json.dumps(json.loads(response.content), indent=2, ensure_ascii=False)
    page = render(request, "api/browsable.html", {"text": text}, status=response.status_code)
    for name in ("Retry-After", "WWW-Authenticate", "Allow", "Link"):
        if name in response.headers:
            page.headers[name] = response.headers[name]
    page.headers["Cache-Control"] = "private, no-store"
    patch_vary_headers(page, ["Accept", "Authorization", "Cookie"])
    return page
