"""What must be answered even when the site itself cannot."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csp import ContentSecurityPolicyMiddleware, get_nonce
from django.template.loader import render_to_string
from django.urls import ResolverMatch, resolve
from django.utils.csp import CSP, build_policy
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from broadsheet.lib.bounded import BusyError
from broadsheet.lib.outage import Outage, outage, report
from broadsheet.lib.security_headers import EVERY_ANSWER
from broadsheet.lib.storage import Gone
from broadsheet.ops.database import migration_plan
from broadsheet.ops.monitoring import views
from broadsheet.pagecache.front.commits import StillShownError

logger = logging.getLogger(__name__)


class Operation(MiddlewareMixin):
    """Answers under any host name what machines ask, and says when the database is not set up."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Answer load balancers and Prometheus, which ask by the machine's address."""
        match request.path_info:
            case "/healthz":
                return views.healthz(request)
            case "/readyz":
                return views.readyz(request)
            case "/metrics" if views.has_metrics_token(request):
                return views.metrics(request)
        if settings.HTTPS and not request.is_secure():
            _explain_redirect("X-Forwarded-Proto" in request.headers)
        return None

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_arguments: Any
    ) -> HttpResponse | None:
        """Read a form with files, and answer 507 or 503 where they cannot be put down.

        Who reads it first otherwise is Django's check of form tokens, and what is raised there
        comes to no `process_exception`. Whose views check none read it themselves.
        """
        if request.content_type != "multipart/form-data" or getattr(view, "csrf_exempt", False):
            return None
        try:
            request.POST  # noqa: B018 - reads it
        except OSError as error:  # also of a client that went: the check of tokens knows it
            return _outage(error)
        return None

    def process_exception(
        self,
        request: HttpRequest,
        exception: Exception,
    ) -> HttpResponse | None:
        """Answer 503 with the way out when a table is missing because nobody migrated.

        Likewise 503, or 507 for a full disk, when the database or the disk
        takes nothing; and when too much
        waits that child processes do.
        Raises BadRequest for a query that PostgreSQL refused, as some of the admin's filters do.
        """
        if isinstance(exception, DataError) and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("null characters") from exception
        if isinstance(exception, BusyError):
            page = render_to_string("ops/outage.html", {"is_busy": True})
            headers = {"Retry-After": str(exception.seconds), "Cache-Control": "no-store"}
            return HttpResponse(page, status=503, headers=headers)
        if answer := _outage(exception):
            return answer
        if not isinstance(exception, DatabaseError) or not migration_plan.pending_migrations():
            return None
        logger.error("The database is not set up: run `broadsheet migrate`.")
        page = render_to_string("ops/unmigrated.html")  # without what asks the database
        return HttpResponse(page, status=503, headers={"Retry-After": "10"})


def _outage(error: Exception) -> HttpResponse | None:
    """Return what is answered to an error that tells of an outage; None to any other."""
    if isinstance(error, StillShownError):
        logger.error("Saved, but front files still show the old pages: %s", error)
        page = render_to_string("ops/outage.html", {"is_saved": True})
        return HttpResponse(page, status=503, headers={"Cache-Control": "no-store"})
    why = outage(error)
    if why is None:
        return None
    report(error, why)
    page = render_to_string("ops/outage.html", {"is_full": why is Outage.FULL})
    headers = {"Retry-After": "10", "Cache-Control": "no-store"}
    response = HttpResponse(page, status=507 if why is Outage.FULL else 503, headers=headers)
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - how Django knows
    return response


class MediaStorageErrorMiddleware(MiddlewareMixin):
    """Answers 503, and with when to try again, what needs a file; pages need none."""

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say so in one line, to people and in the log."""
        if not isinstance(exception, Gone):
            return None
        report(exception, Outage.GONE)
        response = HttpResponse(
            _("Images cannot be stored or shown at the moment. Try again soon."),
            content_type="text/plain; charset=utf-8",
            status=503,
            headers={"Retry-After": "10", "Cache-Control": "no-store"},
        )
        response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - how Django knows
        return response


@cache  # once a process, or strangers could fill the log
def _explain_redirect(has_scheme: bool) -> None:  # noqa: FBT001 - a key of the cache
    """Say in the log why a reader who came by https may be sent there again and again."""
    if has_scheme and not settings.PROXIES:
        logger.warning(
            "A proxy says by X-Forwarded-Proto how readers came, and is not believed: where it is "
            "yours, set BROADSHEET_PROXIES=1, or readers are redirected to https without an end."
        )
    elif settings.PROXIES and not has_scheme:
        logger.warning(
            "BROADSHEET_PROXIES=%s, and a request came without X-Forwarded-Proto: let the proxy "
            "set it, or readers are redirected to https without an end.",
            settings.PROXIES,
        )


def with_security_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give every answer the security headers that it has not: files, errors and redirects too."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in EVERY_ANSWER.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


class ContentSecurity(ContentSecurityPolicyMiddleware):
    """Django's, which says the site's policy where a response has none of its own.

    Most have no nonce either, and for those the policy is written once.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Say what the page may load."""
        header = str(CSP.HEADER_ENFORCE)
        if not (get_nonce(request) or hasattr(response, "_csp_config") or header in response):
            response.headers[header] = _policy()
        return super().process_response(request, response)


@cache
def _policy() -> str:
    return build_policy(settings.SECURE_CSP)


def for_readers(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer at once what sessions, accounts, messages and form tokens have no part in.

    Those are public pages, which are the same for everyone, and what comes to the API without a
    cookie. Together they would be a tenth of what such an answer costs.
    """

    def middleware(request: HttpRequest) -> Any:
        is_reading = request.method in {"GET", "HEAD"}
        is_asked = is_reading or request.path_info.startswith("/api/")
        match = resolve(request.path_info) if is_asked else None
        if match is None or not _is_for_readers(request, match):
            return get_response(request)
        request.resolver_match = match
        try:
            response = match.func(request, *match.args, **match.kwargs)
            return response.render() if callable(getattr(response, "render", None)) else response
        except DatabaseError:
            if not is_reading:  # nothing is written twice
                raise
            return get_response(request)  # where what to do about it is known: see Operation

    return middleware


def _is_for_readers(request: HttpRequest, match: ResolverMatch) -> bool:
    if match.namespace == "api":
        return "HTTP_COOKIE" not in request.META
    return match.view_name == "nothing" or (
        match.namespace == "public" and match.url_name != "reader"
    )
