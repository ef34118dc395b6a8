"""One-line messages for commands when the database or the disk fails."""

from types import TracebackType

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError

from broadsheet.lib.outages import Outage, classify_outage

_AGAIN = "then run the same command again."
_NOT_SET_UP = (
    "The database is not set up or is from an earlier version. Run `broadsheet migrate`, "
    f"{_AGAIN} The data folder is {settings.DATA}. If your site has another one, set "
    "BROADSHEET_DATA."
)
_FULL = f"The disk is full. Free some space, {_AGAIN}"
_TIMEOUT = (
    "PostgreSQL stopped the statement because it took too long. Increase "
    "BROADSHEET_STATEMENT_SECONDS or set it to 0, "
) + _AGAIN
_BUSY = f"The database is locked by other connections. Wait until the site is less busy, {_AGAIN}"
_UNAVAILABLE = (
    "The database is not available. Check that it is running, that it accepts writes and that "
    f"DATABASE_URL is correct, {_AGAIN}"
)
_DISK_ERROR = f"The disk cannot be written to. Fix that, {_AGAIN}"
#: PostgreSQL's error codes (appendix A of its manual): missing table or column, timeout, lock.
_MISSING = {"42P01", "42703"}
_TIMED_OUT = {"57014", "25P03"}
_LOCKED = {"40001", "40P01", "55P03"}


def explain(error: Error | OSError) -> str | None:
    """Return what the owner can do about `error`, and the message of the database or the disk.

    Return None if the owner can do nothing: it is a bug.
    """
    if isinstance(error, OSError):
        why = classify_outage(error)
        return why and _with_cause(_FULL if why is Outage.FULL else _DISK_ERROR, error)
    cause = error.__cause__
    state = str(getattr(cause, "sqlstate", None) or "")
    name = str(getattr(cause, "sqlite_errorname", ""))
    if _is_missing(error, state, name):
        return None if _is_migrating(error.__traceback__) or _is_set_up() else _NOT_SET_UP
    if classify_outage(error) is Outage.FULL:
        return _with_cause(_FULL, error)
    if state in _TIMED_OUT:
        return _with_cause(_TIMEOUT, error)
    if state in _LOCKED or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _with_cause(_BUSY, error)
    is_operational = isinstance(error, OperationalError | InterfaceError) and name != "SQLITE_ERROR"
    return _with_cause(_UNAVAILABLE, error) if is_operational or classify_outage(error) else None


def _is_missing(error: Error, state: str, name: str) -> bool:
    """Return whether a table, a column or the data folder is missing."""
    if name == "SQLITE_CANTOPEN":
        return not settings.DATA.exists()
    if name != "SQLITE_ERROR":
        return state in _MISSING
    return str(error).startswith(("no such table", "no such column")) or (
        "has no column named" in str(error)
    )


def _is_set_up() -> bool:
    """Return whether all migrations ran, as far as the database answers."""
    from broadsheet.ops.database.migration_plan import count_pending  # noqa: PLC0415 - it needs the apps

    if not settings.DATA.exists():
        return False
    try:
        return not count_pending()
    except Error:
        return True


def _is_migrating(traceback: TracebackType | None) -> bool:
    """Return whether a migration itself failed: running migrations again would not help."""
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == "django.db.migrations.migration":
            return True
        traceback = traceback.tb_next
    return False


def _with_cause(message: str, error: Exception) -> str:
    cause = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{message} The error was: {cause}"
