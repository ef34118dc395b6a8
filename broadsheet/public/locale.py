"""The language and the time zone in which pages are rendered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation

from broadsheet.lib import languages, site_timezone
from broadsheet.publication.context_processors import get_site
from broadsheet.publication.queries import SiteConfig

#: URL namespaces whose views use the server's locale.
SERVERS = frozenset({"admin", "api"})


@contextmanager
def site_locale(site: SiteConfig) -> Iterator[None]:
    """Activate the site's language, or English if there is no translation, and its time zone."""
    with _locale(languages.interface_language(site.language), site):
        yield


@contextmanager
def english_locale(site: SiteConfig) -> Iterator[None]:
    """Activate English and the site's time zone."""
    with _locale("en", site):
        yield


@contextmanager
def _locale(language: str, site: SiteConfig) -> Iterator[None]:
    is_active = translation.get_language() == language  # usually; cheaper than override()
    with (
        nullcontext() if is_active else translation.override(language),
        site_timezone.override(site.zone),
    ):
        yield


def in_locale(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: activate the site's locale, or English for the studio and the account pages.

    Pages of `PublicView` activate the locale themselves.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        namespace = _namespace(request.path_info)
        if namespace in SERVERS:
            return get_response(request)
        locale = site_locale if namespace == "public" else english_locale
        with locale(_site(request)):
            return get_response(request)

    return middleware


def _site(request: HttpRequest) -> SiteConfig:
    """Return the site, or its defaults if the database is unreachable: the view reports that."""
    try:
        return get_site(request)
    except DatabaseError:
        return SiteConfig.defaults()


def _namespace(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    try:
        return resolve(path).namespace
    except Resolver404:
        return "public"  # the 404 page is a public page
