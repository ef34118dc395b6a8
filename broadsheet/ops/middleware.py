"""Middleware: operators' endpoints, error pages for outages, security headers, and a fast path."""

import logging
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest
from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.middleware.csp import ContentSecurityPolicyMiddleware, get_nonce
from django.template.loader import render_to_string
from django.urls import ResolverMatch, resolve
from django.utils.csp import CSP, build_policy
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from django.views import defaults

from broadsheet.lib.file_storage import StorageUnavailableError
from broadsheet.lib.outages import Outage, classify_outage, log_outage
from broadsheet.lib.process_pool import PoolBusyError
from broadsheet.lib.security_headers import DEFAULT_HEADERS
from broadsheet.ops.database import migration_plan
from broadsheet.ops.monitoring import views

logger = logging.getLogger(__name__)


class DatabaseErrorMiddleware(MiddlewareMixin):
    """Serves load balancers under any host name, and responds to database or disk errors."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Respond to load balancers and Prometheus, which use the machine's IP address as host."""
        match request.path_info:
            case "/healthz":
                return views.healthz(request)
            case "/readyz":
                return views.readyz(request)
            case "/metrics" if views.has_metrics_token(request):
                return views.metrics(request)
        if settings.HTTPS and not request.is_secure():
            warn_about_redirect_loop("X-Forwarded-Proto" in request.headers)
        return None

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_arguments: Any
    ) -> HttpResponse | None:
        """Parse a form with files; respond with 507 or 503 if they cannot be written.

        Otherwise Django's CSRF check parses it first, and its exceptions do not reach
        `process_exception`. Views without this check parse it themselves.
        """
        if request.content_type != "multipart/form-data" or getattr(view, "csrf_exempt", False):
            return None
        try:
            request.POST  # noqa: B018 - parses it
        except OSError as error:  # also of a client that left, which the CSRF check handles
            return _outage(error)
        return None

    def process_exception(
        self,
        request: HttpRequest,
        exception: Exception,
    ) -> HttpResponse | None:
        """Respond with 503 to pending migrations, overload, and failures of database or disk.

        A full disk is 507. Raises BadRequest for a null character in the query, which PostgreSQL
        refuses and some of the admin's filters pass on.
        """
        if isinstance(exception, DataError) and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("null characters") from exception
        return _temporary_failure(exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to outages outside of views like `process_exception`; otherwise, Django's 500 page.

    Middleware and the page for 404 query the database, too, and Django calls no
    `process_exception` for them.
    """
    exception = sys.exception()
    response = _temporary_failure(exception) if isinstance(exception, Exception) else None
    return response or defaults.server_error(request)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond with 400 to an unreadable request. Django's view would read it again, and fail.

    Django also raises SessionInterrupted, a BadRequest, if an outage prevents saving a session.
    """
    cause: BaseException | None = exception
    while isinstance(cause, SessionInterrupted | UpdateError):
        cause = cause.__context__
    response = _outage(cause) if isinstance(cause, DatabaseError) else None
    return response or HttpResponseBadRequest(render_to_string("400.html"))


def _temporary_failure(exception: Exception) -> HttpResponse | None:
    """Return the response to overload, an outage or pending migrations; None for any other."""
    if isinstance(exception, PoolBusyError):
        page = render_to_string("ops/outage.html", {"is_busy": True})
        headers = {"Retry-After": str(exception.seconds), "Cache-Control": "no-store"}
        return HttpResponse(page, status=503, headers=headers)
    if response := _outage(exception):
        return response
    if not isinstance(exception, DatabaseError) or not migration_plan.count_pending():
        return None
    logger.error("The database is not set up. Run `broadsheet migrate`.")
    page = render_to_string("ops/unmigrated.html")  # a template without queries
    return HttpResponse(page, status=503, headers={"Retry-After": "10"})


def _outage(error: Exception) -> HttpResponse | None:
    """Return the response to an error that means an outage; None for any other."""
    kind = classify_outage(error)
    if kind is None:
        return None
    log_outage(error, kind)
    page = render_to_string("ops/outage.html", {"is_full": kind is Outage.FULL})
    headers = {"Retry-After": "10", "Cache-Control": "no-store"}
    response = HttpResponse(page, status=507 if kind is Outage.FULL else 503, headers=headers)
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - Django's marker
    return response


class MediaStorageErrorMiddleware(MiddlewareMixin):
    """Responds with 503 if the media storage is unreachable; pages do not need it."""

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Respond with 503 and log the error in one line."""
        if not isinstance(exception, StorageUnavailableError):
            return None
        log_outage(exception, Outage.GONE)
        response = HttpResponse(
            _("Images are not available at the moment. Try again in a few minutes."),
            content_type="text/plain; charset=utf-8",
            status=503,
            headers={"Retry-After": "10", "Cache-Control": "no-store"},
        )
        response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - Django's marker
        return response


@cache  # once per process, otherwise anonymous requests could fill the log
def warn_about_redirect_loop(has_scheme: bool) -> None:  # noqa: FBT001 - a key of the cache
    """Log the reason if visitors who use https may be redirected in a loop."""
    if has_scheme and not settings.PROXIES:
        logger.warning(
            "A proxy sends X-Forwarded-Proto, but BROADSHEET_PROXIES is 0, so it is ignored. "
            "If the proxy is yours, set BROADSHEET_PROXIES=1; otherwise visitors get an "
            "endless redirect to https."
        )
    elif settings.PROXIES and not has_scheme:
        logger.warning(
            "BROADSHEET_PROXIES=%s, but a request has no X-Forwarded-Proto header. Configure "
            "the proxy to send it; otherwise visitors get an endless redirect to https.",
            settings.PROXIES,
        )


def with_security_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Add missing security headers to every response, including files, errors and redirects."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in DEFAULT_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


class CachedCspMiddleware(ContentSecurityPolicyMiddleware):
    """Django's CSP middleware, but the policy is built only once for responses without a nonce."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Set the Content-Security-Policy header."""
        header = str(CSP.HEADER_ENFORCE)
        if not (get_nonce(request) or hasattr(response, "_csp_config") or header in response):
            response.headers[header] = _policy()
        return super().process_response(request, response)


@cache
def _policy() -> str:
    return build_policy(settings.SECURE_CSP)


def public_fast_path(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Skip the middleware for sessions, users, messages and CSRF where they are not needed.

    That is for public pages, which are the same for everyone, and for API requests without a
    cookie. The skipped middleware is a tenth of the cost of such a response.
    """

    def middleware(request: HttpRequest) -> Any:
        is_reading = request.method in {"GET", "HEAD"}
        is_candidate = is_reading or request.path_info.startswith("/api/")
        match = resolve(request.path_info) if is_candidate else None
        if match is None or not _is_public(request, match):
            return get_response(request)
        request.resolver_match = match
        try:
            response = match.func(request, *match.args, **match.kwargs)
            return response.render() if callable(getattr(response, "render", None)) else response
        except DatabaseError:
            if not is_reading:  # never write twice
                raise
            return get_response(request)  # DatabaseErrorMiddleware handles it there

    return middleware


def _is_public(request: HttpRequest, match: ResolverMatch) -> bool:
    if match.namespace == "api":
        return "HTTP_COOKIE" not in request.META
    return match.view_name == "not_found" or (
        match.namespace == "public" and match.url_name != "user-menu"
    )
