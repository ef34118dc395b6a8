"""Everything that goes wrong under /api/, told in one form: problem details (RFC 9457)."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.core.signals import got_request_exception
from django.db import DatabaseError, IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.reverse import reverse

from broadsheet.lib.file_storage import StorageUnavailableError
from broadsheet.lib.outages import Outage, classify_outage, log_outage
from broadsheet.lib.process_pool import PoolBusyError
from broadsheet.pagecache.front.commits import StillShownError
from broadsheet.posts.models import Post

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

#: What each kind of problem is called. Its address is /api/v1/problems/<kind>.
KINDS = {
    "invalid": gettext_lazy("Some values cannot be used"),
    "malformed": gettext_lazy("The request cannot be read"),
    "unauthenticated": gettext_lazy("Log in or send a token"),
    "forbidden": gettext_lazy("You may not do this"),
    "unknown": gettext_lazy("There is nothing here"),
    "method": gettext_lazy("This cannot be done here"),
    "unacceptable": gettext_lazy("Answers are given in JSON only"),
    "conflict": gettext_lazy("It was changed meanwhile"),
    "stale": gettext_lazy("It is no longer what you read"),
    "too-large": gettext_lazy("More was sent than is taken"),
    "media-type": gettext_lazy("This content type is not taken"),
    "unconditional": gettext_lazy("Say which version you change"),
    "too-many": gettext_lazy("Too many requests"),
    "unavailable": gettext_lazy("Not at the moment"),
    "full": gettext_lazy("There is no room"),
    "failure": gettext_lazy("Something broke on our side"),
}
_BY_STATUS = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "unknown",
    405: "method",
    406: "unacceptable",
    409: "conflict",
    412: "stale",
    413: "too-large",
    415: "media-type",
    428: "unconditional",
    429: "too-many",
    500: "failure",
    503: "unavailable",
    507: "full",
}


class TooLarge(exceptions.APIException):
    """413: the body is larger than this resource takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The body of the request is too large.")


class Unavailable(exceptions.APIException):
    """503: what it takes does not answer. Nothing was changed."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("Images cannot be stored at the moment. Try again soon.")
    wait = 10  # seconds


class Full(exceptions.APIException):
    """507: there is no room to save anything. Nothing was changed."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_detail = gettext_lazy("There is no room left to save anything. Nothing was changed.")


class Conflicting(exceptions.APIException):
    """409: the state that the request assumes is gone."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("Somebody saved at the same moment. Please try again.")

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.members = members  # shown beside the standard's own


class Stale(exceptions.APIException):
    """412: `If-Match` names a state that is gone (RFC 9110, section 13.1.1)."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = gettext_lazy("It was changed since you read it. Fetch it again and compare.")


class Unconditional(exceptions.APIException):
    """428: a change must say what it changes (RFC 6585, section 3)."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = gettext_lazy(
        "Send the ETag you read as If-Match, or its number as “version”, so that nobody's work is "
        "overwritten."
    )


def _not_found(error: Exception) -> exceptions.APIException:
    return exceptions.NotFound(str(error) or None)


def _invalid(error: Any) -> exceptions.APIException:
    named = hasattr(error, "error_dict")
    return exceptions.ValidationError(error.message_dict if named else error.messages)


def _simultaneous(error: Exception) -> exceptions.APIException:
    log.warning("Two changes at once", exc_info=error)
    return Conflicting()


def _busy(_error: Exception) -> exceptions.APIException:
    busy = Unavailable(_("The site has too much to do to take this now. Try again in a moment."))
    busy.wait = PoolBusyError.seconds
    return busy


def _still_shown(error: Exception) -> exceptions.APIException:
    log.error("Saved, but front files still show the old pages: %s", error)
    saved = Unavailable(
        _(
            "It may have been saved: look before you send it again. The disk takes nothing at the "
            "moment, so readers may be shown pages as they were before."
        )
    )
    saved.wait = 0
    return saved


def _gone(error: Exception) -> exceptions.APIException:
    log_outage(error, Outage.GONE)
    return Unavailable()


def _out(error: Exception) -> exceptions.APIException | None:
    why = classify_outage(error)
    if why is None:
        return None
    log_outage(error, why)
    if why is Outage.FULL:
        return Full()
    return Unavailable(
        _("The database or the disk takes nothing at the moment. Nothing was changed.")
    )


#: What errors of the domain and of Django mean for the client; the first that fits.
type Translate = Callable[[Exception], exceptions.APIException | None]
TRANSLATIONS: dict[type[Exception], Translate] = {
    ValidationError: _invalid,
    Http404: _not_found,
    Post.DoesNotExist: _not_found,
    PermissionDenied: lambda error: exceptions.PermissionDenied(str(error) or None),
    IntegrityError: _simultaneous,
    DatabaseError: _out,
    PoolBusyError: _busy,
    StorageUnavailableError: _gone,
    StillShownError: _still_shown,
    OSError: _out,
    RequestDataTooBig: lambda _error: TooLarge(),
    SuspiciousOperation: lambda _error: exceptions.ParseError(_("The request cannot be read.")),
}


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Answer `error` with a problem: REST framework's EXCEPTION_HANDLER."""
    known = _known(error)
    if known is None:
        log.error("The API failed", exc_info=error)
        got_request_exception.send(sender=None, request=context["request"]._request)  # noqa: SLF001 - Django's request
        known = exceptions.APIException(_("The error was logged. Please try again later."))
    response = Response(
        _problem(known, context),
        status=known.status_code,
        headers=_headers(known),
        content_type=MEDIA_TYPE,
    )
    if isinstance(known, Full | Unavailable):  # an outage is reported once
        response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - how Django knows
    return response


def _known(error: Exception) -> exceptions.APIException | None:
    """Return what `error` means for the client; None when it is none of theirs."""
    if isinstance(error, exceptions.APIException):
        return error
    for kind, translate in TRANSLATIONS.items():
        if isinstance(error, kind):
            return translate(error)
    return None


def _problem(error: exceptions.APIException, context: Mapping[str, Any]) -> dict[str, Any]:
    is_invalid = isinstance(error, exceptions.ValidationError)
    kind = "invalid" if is_invalid else _BY_STATUS.get(error.status_code, "malformed")
    request = context["request"]
    found = list(_errors(error.detail)) if is_invalid else []
    return {
        "type": reverse("api:problem", kwargs={"kind": kind}, request=request),
        "title": KINDS[kind],
        "status": error.status_code,
        "detail": " ".join(e["detail"] for e in found[:3]) if found else str(error.detail),
        "instance": request.get_full_path(),
        **({"errors": found} if is_invalid else {}),
        **getattr(error, "members", {}),
    }


def _errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield each message with a JSON pointer (RFC 6901) to what it is about, or a parameter."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            is_whole = name in {"non_field_errors", "__all__"}
            yield from _errors(below, path if is_whole else f"{path}/{name}")
    elif isinstance(detail, list):
        for place, below in enumerate(detail):
            yield from _errors(below, f"{path}/{place}" if isinstance(below, dict) else path)
    elif path.startswith("/?"):
        yield {"parameter": path[2:], "detail": str(detail)}
    else:
        yield {"pointer": f"#{path}", "detail": str(detail)}


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers
