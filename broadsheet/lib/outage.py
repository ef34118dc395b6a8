"""Whether a database or a disk failed for a reason that passes: no room, or nobody there."""

import errno
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, OperationalError


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
        if isinstance(error, FileNotFoundError) and _NO_FOLDER in str(error):
            return Outage.GONE
        return _DISK.get(error.errno or 0)
    cause = error.__cause__
    if not isinstance(error, DatabaseError | InterfaceError) or cause is None:
        return None
    if name := getattr(cause, "sqlite_errorname", ""):
        return _first(_SQLITE, name)
    if state := getattr(cause, "sqlstate", None):
        return _first(_POSTGRESQL, state)
    nobody_answered = isinstance(error, OperationalError | InterfaceError)
    return Outage.GONE if nobody_answered else None


def _first(known: dict[str, Outage], said: str) -> Outage | None:
    return next((found for start, found in known.items() if said.startswith(start)), None)
