"""Where an address leads at which nothing stands any more."""

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
from broadsheet.publication.models import Redirect
from broadsheet.publication.queries import SiteConfig

#: Where other publishing software keeps what stands elsewhere here.
ELSEWHERE = {
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


def or_moved[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """Let a view that finds nothing (Http404) lead to where it went, if that is known."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            elsewhere = moved(request)
            if elsewhere is None:
                raise
            return elsewhere

    return cast("View", wrapped)


def moved(request: HttpRequest) -> HttpResponse | None:
    """Answer for an address at which nothing stands; None when nothing is known of it.

    First what the owner or an importer said of the path, with or without its slash at the end;
    then the spelling without the slash. The query is kept. Nobody is led to a post that is not
    readable (any more).
    """
    path = request.path
    bare = "/" + path.strip("/")
    if "\x00" in path:
        return None
    if found := _redirect(path, bare):
        return None if _is_withdrawn(found.new_path) else _follow(request, found)
    if bare in ELSEWHERE:
        return _to(request, ELSEWHERE[bare], status=301)
    if bare != path:
        return _to(request, quote(bare, safe="/@"), status=301 if _is_read(request) else 308)
    return None


def _redirect(path: str, bare: str) -> Redirect | None:
    """Return the redirect for `path`; one written for exactly this spelling comes first."""
    spellings = [path, bare, f"{bare}/", quote(bare, safe="/@")]
    spellings = [s for s in dict.fromkeys(spellings) if len(s) <= _LONGEST]
    found = {r.old_path: r for r in Redirect.objects.filter(old_path__in=spellings)}
    return next((found[s] for s in spellings if s in found), None)


def _is_withdrawn(address: str) -> bool:
    """Return whether `address` is that of a post that readers may not see."""
    if not address.startswith("/"):
        return False
    posts = Post.objects.filter(slug=unquote(urlsplit(address).path).strip("/"))
    return posts.exists() and not posts.readable().exists()


def _follow(request: HttpRequest, redirect: Redirect) -> HttpResponse:
    if redirect.status == Redirect.Status.GONE:
        site = SiteConfig.current()
        with site_locale(site):
            return render(request, "410.html", {"site": site}, status=410)
    return _to(request, redirect.new_path, status=redirect.status)


def _to(request: HttpRequest, address: str, *, status: int) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    if query and "?" not in address and address.startswith("/"):
        address = f"{address}?{query}"
    permanent = status in (301, 308)
    kind = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    response = kind(address)
    response.status_code = status
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _is_read(request: HttpRequest) -> bool:
    return request.method in {"GET", "HEAD"}
