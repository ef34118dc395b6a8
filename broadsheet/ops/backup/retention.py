"""Which archives are kept: the newest of each of so many days, weeks and months.

That is for the worker's own. One that was made by hand has a label in its name, and stays until
somebody deletes it.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from broadsheet.ops.backup.archive_names import scheduled_at
from broadsheet.ops.backup.storages import Folder, Place


def tidy(place: Place, *, days: int, weeks: int, months: int) -> list[str]:
    """Remove the archives that are kept no longer; return their names. The newest one stays."""
    names = [stored.name for stored in place.archives()]
    gone = sorted(set(names) - kept(names, days=days, weeks=weeks, months=months))
    for name in gone:
        place.remove(name)
    return gone


def make_room(folder: Path, *, least: int) -> list[str]:
    """Remove the oldest of the worker's archives in `folder` until `least` bytes of its disk are
    free; return their names. The newest one stays, and so do those made by hand.
    """
    place = Folder(folder)
    own = [stored.name for stored in place.archives() if scheduled_at(stored.name) is not None]
    gone: list[str] = []
    for name in own[:-1]:
        if shutil.disk_usage(folder).free >= least:
            break
        place.remove(name)
        gone.append(name)
    return gone


def kept(names: Iterable[str], *, days: int, weeks: int, months: int) -> set[str]:
    """Return those of `names` that are the newest of their day, week (ISO 8601) or month, in UTC.

    Days, weeks and months without an archive do not count. Names that are not just a moment stay.
    """
    moments = {name: scheduled_at(name) for name in names}
    dated = sorted(((at, name) for name, at in moments.items() if at is not None), reverse=True)
    periods: list[tuple[int, Callable[[dt.datetime], object]]] = [
        (days, dt.datetime.date),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    ]
    stay = {name for name, at in moments.items() if at is None} | {name for _at, name in dated[:1]}
    for count, period in periods:
        newest: dict[object, str] = {}
        for at, name in dated:
            newest.setdefault(period(at), name)
        stay.update(list(newest.values())[:count])
    return stay
