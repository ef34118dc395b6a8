"""API errors and the exception handler, which responds with problem details (RFC 9457)."""

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
from broadsheet.posts.models import BulkChange, Post, Series, Tag

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

#: Titles of the problem types. The type's URI is /api/v1/problems/<kind>.
KINDS = {
    "invalid": gettext_lazy("Invalid values"),
    "malformed": gettext_lazy("Malformed request"),
    "unauthenticated": gettext_lazy("Authentication required"),
    "forbidden": gettext_lazy("Forbidden"),
    "unknown": gettext_lazy("Not found"),
    "method": gettext_lazy("Method not allowed"),
    "unacceptable": gettext_lazy("Only JSON is available"),
    "conflict": gettext_lazy("Edit conflict"),
    "stale": gettext_lazy("Precondition failed"),
    "too-large": gettext_lazy("Request too large"),
    "media-type": gettext_lazy("Unsupported content type"),
    "unconditional": gettext_lazy("Precondition required"),
    "too-many": gettext_lazy("Too many requests"),
    "unavailable": gettext_lazy("Service unavailable"),
    "full": gettext_lazy("Disk full"),
    "failure": gettext_lazy("Server error"),
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


class RequestTooLargeError(exceptions.APIException):
    """413: the request body is too large."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The request body is too large.")


class ServiceUnavailableError(exceptions.APIException):
    """503: the database or the storage is unavailable. Nothing was changed."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy(
        "Images cannot be stored at the moment. Try again in a few minutes."
    )
    wait = 10  # seconds


class StorageFullError(exceptions.APIException):
    """507: the disk is full. Nothing was changed."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_detail = gettext_lazy("The disk is full. Nothing was changed.")


class ConflictError(exceptions.APIException):
    """409: the resource has changed since the client read it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("Someone else saved at the same moment. Try again.")

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.members = members  # extension members (RFC 9457, section 3.2)


class PreconditionFailedError(exceptions.APIException):
    """412: `If-Match` does not match the current state (RFC 9110, section 13.1.1)."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = gettext_lazy("It has changed since you read it. Fetch it again and compare.")


class PreconditionRequiredError(exceptions.APIException):
    """428: a change must name the version that it is based on (RFC 6585, section 3)."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = gettext_lazy(
        "Send the ETag as If-Match, or its number as “version”, so that you do not overwrite "
        "someone else's changes."
    )


def _not_found(error: Exception) -> exceptions.APIException:
    return exceptions.NotFound(str(error) or None)


def _invalid(error: Any) -> exceptions.APIException:
    has_fields = hasattr(error, "error_dict")
    return exceptions.ValidationError(error.message_dict if has_fields else error.messages)


def _integrity(error: Exception) -> exceptions.APIException:
    log.warning("Two changes at once", exc_info=error)
    return ConflictError()


def _busy(_error: Exception) -> exceptions.APIException:
    busy = ServiceUnavailableError(_("The site is too busy at the moment. Try again in a moment."))
    busy.wait = PoolBusyError.seconds
    return busy


def _storage_unavailable(error: Exception) -> exceptions.APIException:
    log_outage(error, Outage.GONE)
    return ServiceUnavailableError()


def _outage(error: Exception) -> exceptions.APIException | None:
    outage = classify_outage(error)
    if outage is None:
        return None
    log_outage(error, outage)
    if outage is Outage.FULL:
        return StorageFullError()
    return ServiceUnavailableError(
        _("The database or the disk cannot be written to at the moment. Nothing was changed.")
    )


#: Translations of errors of the domain and of Django; the first that matches counts.
type Translate = Callable[[Exception], exceptions.APIException | None]
TRANSLATIONS: dict[type[Exception], Translate] = {
    ValidationError: _invalid,
    Http404: _not_found,
    BulkChange.DoesNotExist: _not_found,
    Post.DoesNotExist: _not_found,
    Series.DoesNotExist: _not_found,
    Tag.DoesNotExist: _not_found,
    PermissionDenied: lambda error: exceptions.PermissionDenied(str(error) or None),
    IntegrityError: _integrity,
    DatabaseError: _outage,
    PoolBusyError: _busy,
    StorageUnavailableError: _storage_unavailable,
    OSError: _outage,
    RequestDataTooBig: lambda _error: RequestTooLargeError(),
    SuspiciousOperation: lambda _error: exceptions.ParseError(_("The request is malformed.")),
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Respond to `error` with problem details: REST framework's EXCEPTION_HANDLER."""
    api_error = _translate(error)
    if api_error is None:
        log.error("The API failed", exc_info=error)
        got_request_exception.send(sender=None, request=context["request"]._request)  # noqa: SLF001 - Django's request
        api_error = exceptions.APIException(_("The error was logged. Try again later."))
    response = Response(
        _problem(api_error, context),
        status=api_error.status_code,
        headers=_headers(api_error),
        content_type=MEDIA_TYPE,
    )
    if isinstance(api_error, StorageFullError | ServiceUnavailableError):  # logged once per outage
        response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - Django's flag
    return response


def _translate(error: Exception) -> exceptions.APIException | None:
    """Return the API error that `error` means; None if it is a bug."""
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
    errors = list(_errors(error.detail)) if is_invalid else []
    return {
        "type": reverse("api:problem", kwargs={"kind": kind}, request=request),
        "title": KINDS[kind],
        "status": error.status_code,
        "detail": _summarize(errors) if errors else str(error.detail),
        "instance": request.get_full_path(),
        **({"errors": errors} if is_invalid else {}),
        **getattr(error, "members", {}),
    }


def _summarize(errors: list[dict[str, str]]) -> str:
    """Return the first messages, each with its field unless it is the only one."""
    if len(errors) == 1:
        return errors[0]["detail"]
    names = [error.get("parameter") or error["pointer"].removeprefix("#/") for error in errors]
    named = zip(names[:3], errors, strict=False)
    return " ".join(f"{name}: {error['detail']}" for name, error in named)


def _errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield each message with the JSON pointer (RFC 6901) or the parameter that it is about."""
    if isinstance(detail, dict):
        for name, nested in detail.items():
            is_general = name in {"non_field_errors", "__all__"}
            yield from _errors(nested, path if is_general else f"{path}/{name}")
    elif isinstance(detail, list):
        for index, nested in enumerate(detail):
            yield from _errors(nested, f"{path}/{index}" if isinstance(nested, dict) else path)
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
