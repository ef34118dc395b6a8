"""Outages: classifies database and disk errors with temporary causes (full or unavailable)."""

import errno
import logging
import time
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, OperationalError

from broadsheet.lib.file_storage import StorageUnavailableError

logger = logging.getLogger(__name__)
#: Seconds without an error after which the next error is a new outage.
_QUIET = 60
#: Time of the last error of each outage in this process (time.monotonic).
last_seen: dict["Outage", float] = {}


class Outage(StrEnum):
    """Why writes fail at the moment. The failed operation changed nothing."""

    FULL = "full"
    GONE = "gone"


#: Prefixes of SQLite's error names (sqlite.org/rescode.html).
_SQLITE = {
    "SQLITE_FULL": Outage.FULL,
    "SQLITE_READONLY": Outage.GONE,
    "SQLITE_BUSY": Outage.GONE,
    "SQLITE_IOERR": Outage.GONE,
    "SQLITE_CANTOPEN": Outage.GONE,
}
#: Prefixes of PostgreSQL's SQLSTATE (its manual, appendix A): disk full; connection, resources,
#: operator intervention, read-only.
_POSTGRESQL = {
    "53100": Outage.FULL,
    "08": Outage.GONE,
    "53": Outage.GONE,
    "57": Outage.GONE,
    "25006": Outage.GONE,
}
#: Disk errors (errno(3)): full, over quota or file size limit; read-only, or I/O error.
_DISK = {
    errno.ENOSPC: Outage.FULL,
    errno.EDQUOT: Outage.FULL,
    errno.EFBIG: Outage.FULL,
    errno.EROFS: Outage.GONE,
    errno.EIO: Outage.GONE,
}

#: Message of `tempfile` if no folder for temporary files is writable.
_NO_FOLDER = "No usable temporary directory"


def classify_outage(error: BaseException) -> Outage | None:
    """Return the outage that caused `error`, or None for any other error."""
    if isinstance(error, OSError):
        return _of_disk(error)
    cause = error.__cause__
    if not isinstance(error, DatabaseError | InterfaceError) or cause is None:
        return None
    if name := getattr(cause, "sqlite_errorname", ""):
        return _by_prefix(_SQLITE, name)
    if state := getattr(cause, "sqlstate", None):
        return _by_prefix(_POSTGRESQL, state)
    is_operational = isinstance(error, OperationalError | InterfaceError)
    disk_outage = _of_disk(cause) if isinstance(cause, OSError) else None
    return disk_outage or (Outage.GONE if is_operational else None)


def _of_disk(error: OSError) -> Outage | None:
    no_folder = isinstance(error, FileNotFoundError) and _NO_FOLDER in str(error)
    if no_folder or isinstance(error, StorageUnavailableError):
        return Outage.GONE
    return _DISK.get(error.errno or 0)


def log_outage(error: BaseException, outage: Outage) -> None:
    """Log an outage: as a warning once per outage and process, then at debug level."""
    now = time.monotonic()
    is_new = now - last_seen.get(outage, -_QUIET) >= _QUIET
    last_seen[outage] = now
    level = logging.WARNING if is_new else logging.DEBUG
    logger.log(
        level, "The database or the disk cannot be written to (%s): %s", outage, str(error).strip()
    )


def _by_prefix(outages: dict[str, Outage], code: str) -> Outage | None:
    return next((outage for prefix, outage in outages.items() if code.startswith(prefix)), None)
