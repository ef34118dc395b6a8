"""The language and the time zone in which pages are written."""

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

#: The namespaces whose views keep the server's locale.
SERVERS = frozenset({"admin", "api"})


@contextmanager
def site_locale(site: SiteConfig) -> Iterator[None]:
    """Write the interface in the site's language, or else in English, and times in its zone."""
    with _locale(languages.interface_language(site.language), site):
        yield


@contextmanager
def english_locale(site: SiteConfig) -> Iterator[None]:
    """Write the interface in English, and times in the site's zone."""
    with _locale("en", site):
        yield


@contextmanager
def _locale(language: str, site: SiteConfig) -> Iterator[None]:
    is_active = translation.get_language() == language  # as a rule, and cheaper than to set it
    with (
        nullcontext() if is_active else translation.override(language),
        site_timezone.override(site.zone),
    ):
        yield


def in_locale(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer in the site's locale; in English what is not translated, the studio and the accounts.

    Most public pages do not come here: they take the locale themselves.
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
    """Return the site, or its defaults while the database is away: the view says so."""
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
        return "public"  # whose page says that there is nothing
