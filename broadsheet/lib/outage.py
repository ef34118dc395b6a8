"""Whether a database or a disk failed for a reason that passes: no room, or nobody there."""

import errno
import logging
import time
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, OperationalError

from broadsheet.lib.storage import Gone

logger = logging.getLogger(__name__)
#: Seconds without an error after which the next one is of another outage.
_QUIET = 60
_reported: dict["Outage", float] = {}


class Outage(StrEnum):
    """Why nothing can be written at the moment. Nothing was."""

    FULL = "full"
    GONE = "gone"


#: SQLite's names of errors (sqlite.org/rescode.html), as far as the beginning decides.
_SQLITE = {
    "SQLITE_FULL": Outage.FULL,
    "SQLITE_READONLY": Outage.GONE,
    "SQLITE_BUSY": Outage.GONE,
    "SQLITE_IOERR": Outage.GONE,
    "SQLITE_CANTOPEN": Outage.GONE,
}
#: PostgreSQL's (appendix A of its manual): no room; connections, resources, operators, read-only.
_POSTGRESQL = {
    "53100": Outage.FULL,
    "08": Outage.GONE,
    "53": Outage.GONE,
    "57": Outage.GONE,
    "25006": Outage.GONE,
}
#: A disk's (errno(3)): no room, or over a quota or limit; read-only, or broken.
_DISK = {
    errno.ENOSPC: Outage.FULL,
    errno.EDQUOT: Outage.FULL,
    errno.EFBIG: Outage.FULL,
    errno.EROFS: Outage.GONE,
    errno.EIO: Outage.GONE,
}

#: What `tempfile` says, as an error of its own, where no folder for temporary files takes any.
_NO_FOLDER = "No usable temporary directory"


def outage(error: BaseException) -> Outage | None:
    """Return the outage that `error` tells of, if it is one."""
    if isinstance(error, OSError):
        return _of_disk(error)
    cause = error.__cause__
    if not isinstance(error, DatabaseError | InterfaceError) or cause is None:
        return None
    if name := getattr(cause, "sqlite_errorname", ""):
        return _first(_SQLITE, name)
    if state := getattr(cause, "sqlstate", None):
        return _first(_POSTGRESQL, state)
    nobody_answered = isinstance(error, OperationalError | InterfaceError)
    why = _of_disk(cause) if isinstance(cause, OSError) else None
    return why or (Outage.GONE if nobody_answered else None)


def _of_disk(error: OSError) -> Outage | None:
    no_folder = isinstance(error, FileNotFoundError) and _NO_FOLDER in str(error)
    if no_folder or isinstance(error, Gone):
        return Outage.GONE
    return _DISK.get(error.errno or 0)


def report(error: BaseException, why: Outage) -> None:
    """Log an outage: once as a warning, however many requests meet it in this process."""
    now = time.monotonic()
    is_new = now - _reported.get(why, -_QUIET) >= _QUIET
    _reported[why] = now
    level = logging.WARNING if is_new else logging.DEBUG
    logger.log(level, "Nothing can be written (%s): %s", why, str(error).strip())


def _first(known: dict[str, Outage], said: str) -> Outage | None:
    return next((found for start, found in known.items() if said.startswith(start)), None)
