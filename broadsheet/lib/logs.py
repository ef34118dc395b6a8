"""What is logged, as JSON for machines to read, and the request or job that it belongs to."""

import datetime as dt
import json
import logging
import re
import secrets
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO

#: The identifier of the request or of the job that is being done; empty for neither.
doing: ContextVar[str] = ContextVar("doing", default="")
#: The identifier of the trace that it belongs to, where there are any.
trace: ContextVar[str] = ContextVar("trace", default="")
_KNOWN = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "doing"})
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{8,64}")


def identifier(given: str = "") -> str:
    """Return `given` where it is fit to be an identifier, and otherwise a new one."""
    return given if _IDENTIFIER.fullmatch(given) else secrets.token_hex(8)


class Doing(logging.Filter):
    """Adds to each record what is being done."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.doing = doing.get()
        return True


class Console(logging.StreamHandler[TextIO]):
    """Writes to standard error. Where that takes nothing, whoever logs goes on all the same.

    Python says there that it could not, and fails with ValueError if the stream is closed.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say that the record could not be written, if that can be said."""
        with suppress(Exception):
            super().handleError(record)


class JSON(logging.Formatter):
    """A record as one line of JSON: time (RFC 3339), level, logger, message and what there is else.

    Whoever logs with `extra` adds names of their own.
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
        if doing.get():
            line["doing"] = doing.get()
        if trace.get():
            line["trace_id"] = trace.get()
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        more = {name: value for name, value in record.__dict__.items() if name not in _KNOWN}
        more.pop("request", None)  # Django's, with all that a reader sent
        return json.dumps(line | more, default=str, ensure_ascii=False)
