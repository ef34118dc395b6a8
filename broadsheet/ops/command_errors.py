"""What a command says when the database or the disk fails: one line with the way out."""

from types import TracebackType

from django.db import Error, InterfaceError, OperationalError

from broadsheet.lib.outage import Outage, outage

_AGAIN = "then the same again."
_NOT_SET_UP = (
    f"The database is not set up, or is of an earlier version. Run `broadsheet migrate`, {_AGAIN}"
)
_FULL = f"There is no room left. Make room, {_AGAIN}"
_SLOW = (
    "It took longer than PostgreSQL may take. Let BROADSHEET_STATEMENT_SECONDS be more, or 0, "
    + _AGAIN
)
_BUSY = f"Others held what this needs. Wait until the site has less to do, {_AGAIN}"
_GONE = (
    f"The database does not do it. See that it runs, takes writes and is where DATABASE_URL says, "
    f"{_AGAIN}"
)
_NO_DISK = f"The disk takes nothing. See that it can be written to, {_AGAIN}"
#: PostgreSQL's codes (appendix A of its manual): what is missing, ran out of time, or was locked.
_MISSING = {"42P01", "42703"}
_OUT_OF_TIME = {"57014", "25P03"}
_LOCKED = {"40001", "40P01", "55P03"}


def explain(error: Error | OSError) -> str | None:
    """Return what the owner can do about `error`, and what the database or the disk said.

    None: that is nothing of the owner's, but a fault of ours.
    """
    if isinstance(error, OSError):
        why = outage(error)
        return why and _with_cause(_FULL if why is Outage.FULL else _NO_DISK, error)
    cause = error.__cause__
    state = str(getattr(cause, "sqlstate", None) or "")
    name = str(getattr(cause, "sqlite_errorname", ""))
    if _is_missing(error, state, name):
        return None if _is_migrating(error.__traceback__) or not _is_behind() else _NOT_SET_UP
    if outage(error) is Outage.FULL:
        return _with_cause(_FULL, error)
    if state in _OUT_OF_TIME:
        return _with_cause(_SLOW, error)
    if state in _LOCKED or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _with_cause(_BUSY, error)
    is_operational = isinstance(error, OperationalError | InterfaceError) and name != "SQLITE_ERROR"
    return _with_cause(_GONE, error) if is_operational or outage(error) else None


def _is_missing(error: Error, state: str, name: str) -> bool:
    """Return whether a table or a column is not there."""
    if name != "SQLITE_ERROR":
        return state in _MISSING
    return str(error).startswith(("no such table", "no such column")) or (
        "has no column named" in str(error)
    )


def _is_behind() -> bool:
    """Return whether migrations are to be run, as far as the database says."""
    from broadsheet.ops.database.migration_plan import pending_migrations  # noqa: PLC0415 - it needs the apps

    try:
        return bool(pending_migrations())
    except Error:
        return False


def _is_migrating(traceback: TracebackType | None) -> bool:
    """Return whether a migration failed, which is not helped by another one."""
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == "django.db.migrations.executor":
            return True
        traceback = traceback.tb_next
    return False


def _with_cause(says: str, error: Exception) -> str:
    cause = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{says} It said: {cause}"
