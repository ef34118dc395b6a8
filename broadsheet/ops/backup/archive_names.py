"""Names of archives, such as `broadsheet-2026-11-29T032000Z.tar.zst.age`."""

import datetime as dt
from dataclasses import dataclass

PREFIX, SUFFIXES = "broadsheet-", (".tar.zst", ".tar.zst.age")
#: Label of archives that were created manually, which are never deleted automatically.
MANUAL = "-manual"
_FORMAT = f"{PREFIX}%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class StoredArchive:
    """An archive in a storage: its name and its size in bytes."""

    name: str
    size: int


def archive_name(at: dt.datetime, label: str = "", *, is_encrypted: bool) -> str:
    """Return the name of an archive made `at` a time in UTC."""
    return f"{at:{_FORMAT}}{label}{SUFFIXES[is_encrypted]}"


def is_archive(name: str) -> bool:
    """Return whether `name` is the name of an archive."""
    return name.startswith(PREFIX) and name.endswith(SUFFIXES)


def scheduled_at(name: str) -> dt.datetime | None:
    """Return the time in the name of a scheduled backup; None for any other name."""
    try:
        return dt.datetime.strptime(name.partition(".")[0], _FORMAT).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
