"""Retention: the newest archive of each of the last days, weeks and months is retained.

This applies to scheduled backups. One that was created manually has a label in its name and is
never deleted automatically.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from broadsheet.ops.backup.archive_names import scheduled_at
from broadsheet.ops.backup.storages import BackupStorage, FolderStorage


def delete_expired(storage: BackupStorage, *, days: int, weeks: int, months: int) -> list[str]:
    """Delete expired archives; return their names. The newest one stays."""
    names = [stored.name for stored in storage.list_archives()]
    expired = sorted(set(names) - retained(names, days=days, weeks=weeks, months=months))
    for name in expired:
        storage.delete(name)
    return expired


def free_space(folder: Path, *, least: int) -> list[str]:
    """Delete the oldest scheduled archives in `folder` until `least` bytes of its disk are free.

    Return their names. The newest one and manual ones are never deleted.
    """
    storage = FolderStorage(folder)
    scheduled = [
        stored.name for stored in storage.list_archives() if scheduled_at(stored.name) is not None
    ]
    deleted: list[str] = []
    for name in scheduled[:-1]:
        if shutil.disk_usage(folder).free >= least:
            break
        storage.delete(name)
        deleted.append(name)
    return deleted


def retained(names: Iterable[str], *, days: int, weeks: int, months: int) -> set[str]:
    """Return the `names` that are the newest of their day, week (ISO 8601) or month, in UTC.

    Periods without an archive do not count. Archives with a label in their name stay.
    """
    times = {name: scheduled_at(name) for name in names}
    dated = sorted(((at, name) for name, at in times.items() if at is not None), reverse=True)
    periods: list[tuple[int, Callable[[dt.datetime], object]]] = [
        (days, dt.datetime.date),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    ]
    names_to_keep = {name for name, at in times.items() if at is None} | {
        name for _at, name in dated[:1]
    }
    for count, period in periods:
        newest: dict[object, str] = {}
        for at, name in dated:
            newest.setdefault(period(at), name)
        names_to_keep.update(list(newest.values())[:count])
    return names_to_keep
