"""The API in a browser: what programs get as JSON is a page for people who follow an address."""

import json
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

_LONGEST = 200_000  # characters; more is sent as it is


def for_people(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Show the JSON of the API as a page to a browser that asks for one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_asked = request.path_info.startswith("/api/") and request.method in {"GET", "HEAD"}
        if not (is_asked and _prefers_page(request)):
            return get_response(request)
        request.META["HTTP_ACCEPT"] = "*/*"  # the framework writes JSON, which is made a page
        response = get_response(request)
        return _page(request, response) if isinstance(response, HttpResponse) else response

    return middleware


def _prefers_page(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return what `response` says as a page of the same status, that no one keeps."""
    is_json = response.headers.get("Content-Type", "").split(";")[0].endswith("json")
    is_described = request.path_info.removesuffix("/").endswith(".json")
    if not is_json or is_described or len(response.content) > _LONGEST:
        return response
    text = json.dumps(json.loads(response.content), indent=2, ensure_ascii=False)
    page = render(request, "api/readable.html", {"text": text}, status=response.status_code)
    for name in ("Retry-After", "WWW-Authenticate", "Allow", "Link"):
        if name in response.headers:
            page.headers[name] = response.headers[name]
    page.headers["Cache-Control"] = "private, no-store"
    patch_vary_headers(page, ["Accept", "Authorization", "Cookie"])
    return page
