"""Redirects for old and legacy URLs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render

from broadsheet.posts.models import Post
from broadsheet.public.locale import site_locale
from broadsheet.publication.context_processors import get_site
from broadsheet.publication.models import Redirect, path_spellings

#: Maps paths of other publishing software to the corresponding paths here.
LEGACY_PATHS = {
    "/feed": "/rss.xml",
    "/feed.xml": "/rss.xml",
    "/feeds": "/rss.xml",
    "/rss": "/rss.xml",
    "/index.xml": "/rss.xml",
    "/atom": "/atom.xml",
    "/home": "/",
    "/admin": "/admin/",
    "/tags": "/archive",
    "/authors": "/archive",
}
_LONGEST = Redirect._meta.get_field("old_path").max_length or 0  # noqa: SLF001 - Django's own API


def redirect_fallback[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """Decorate a view: if it raises Http404 and there is a redirect for the path, redirect."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            response = find_redirect(request)
            if response is None:
                raise
            return response

    return cast("View", wrapped)


def find_redirect(request: HttpRequest) -> HttpResponse | None:
    """Return the redirect (or 410) for a path without a page; None if there is none.

    Redirects of the owner and of importers take precedence, with or without a trailing slash; then
    comes the path without the slash. The query string is preserved. A redirect to a post that
    visitors may not read is ignored.
    """
    path = request.path
    bare = "/" + path.strip("/")
    if "\x00" in path:
        return None
    if redirect := _redirect(path, bare):
        return None if _is_withdrawn(redirect.new_path) else _follow(request, redirect)
    if bare in LEGACY_PATHS:
        return _to(request, LEGACY_PATHS[bare], status=301)
    if bare != path:
        return _to(request, quote(bare, safe="/@"), status=301 if _is_safe(request) else 308)
    return None


def _redirect(path: str, bare: str) -> Redirect | None:
    """Return the redirect for `path`; one for exactly this spelling takes precedence."""
    spellings = [s for s in dict.fromkeys([path, *path_spellings(bare)]) if len(s) <= _LONGEST]
    redirects = {r.old_path: r for r in Redirect.objects.filter(old_path__in=spellings)}
    return next((redirects[s] for s in spellings if s in redirects), None)


def _is_withdrawn(url: str) -> bool:
    """Return whether `url` is that of a post that visitors may not read."""
    if not url.startswith("/"):
        return False
    posts = Post.objects.filter(slug=unquote(urlsplit(url).path).strip("/"))
    return posts.exists() and not posts.visible_to(None).exists()


def _follow(request: HttpRequest, redirect: Redirect) -> HttpResponse:
    if redirect.status == Redirect.Status.GONE:
        site = get_site(request)
        with site_locale(site):
            return render(request, "410.html", {"site": site}, status=410)
    return _to(request, redirect.new_path, status=redirect.status)


def _to(request: HttpRequest, url: str, *, status: int) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    if query and "?" not in url and url.startswith("/"):
        url = f"{url}?{query}"
    permanent = status in (301, 308)
    kind = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    response = kind(url)
    response.status_code = status
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _is_safe(request: HttpRequest) -> bool:
    return request.method in {"GET", "HEAD"}
