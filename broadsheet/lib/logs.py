"""Logging: its configuration, JSON lines, and the identifier of the request or job of a record."""

import datetime as dt
import json
import logging
import re
import secrets
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO

#: Identifier of the current request or job; empty for neither. In log records it is `request_id`.
request_id: ContextVar[str] = ContextVar("request_id", default="")
#: Identifier of the current trace, if there is one.
trace_id: ContextVar[str] = ContextVar("trace", default="")
_STANDARD_ATTRIBUTES = frozenset(
    {*logging.makeLogRecord({}).__dict__, "message", "asctime", "request_id"}
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{8,64}")


def identifier(candidate: str = "") -> str:
    """Return `candidate` if it is a valid identifier, otherwise a new one."""
    return candidate if _IDENTIFIER.fullmatch(candidate) else secrets.token_hex(8)


def configuration(level: str, formatter: str) -> dict[str, Any]:
    """Return Django's LOGGING; `formatter` is `line` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": JSONFormatter},
        },
        "handlers": {"console": {"class": f"{__name__}.ConsoleHandler", "formatter": formatter}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level},
            # Any client can cause these: missing pages, foreign hosts, too large bodies.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        },
    }


class RequestIdFilter(logging.Filter):
    """Adds the identifier of the current request or job to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Accept every record."""
        record.request_id = request_id.get()
        return True


class ConsoleHandler(logging.StreamHandler[TextIO]):
    """Writes to standard error. If that fails, the caller continues all the same.

    Python reports the failure on the same stream, and raises ValueError if it is closed.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Report that the record could not be written, if possible."""
        with suppress(Exception):
            super().handleError(record)


class JSONFormatter(logging.Formatter):
    """Formats a record as one line of JSON: time (RFC 3339), level, logger, message and more.

    `extra` adds further keys.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if trace_id.get():
            line["trace_id"] = trace_id.get()
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        extra = {
            name: value
            for name, value in record.__dict__.items()
            if name not in _STANDARD_ATTRIBUTES
        }
        extra.pop("request", None)  # Django's request, with everything that the client sent
        return json.dumps(line | extra, default=str, ensure_ascii=False)
