"""Which archives are kept: the newest of each of so many days, weeks and months."""

import datetime as dt
from collections.abc import Callable, Iterable

from broadsheet.ops.backup.places import BEGIN, Place

_FORM = f"{BEGIN}%Y-%m-%dT%H%M%SZ"


def tidy(place: Place, *, days: int, weeks: int, months: int) -> list[str]:
    """Remove the archives that are kept no longer; return their names. The newest one stays."""
    names = [stored.name for stored in place.archives()]
    gone = sorted(set(names) - kept(names, days=days, weeks=weeks, months=months))
    for name in gone:
        place.remove(name)
    return gone


def kept(names: Iterable[str], *, days: int, weeks: int, months: int) -> set[str]:
    """Return those of `names` that are the newest of their day, week (ISO 8601) or month, in UTC.

    Days, weeks and months without an archive do not count. A name that says no moment is kept.
    """
    moments = {name: _moment(name) for name in names}
    dated = sorted(((at, name) for name, at in moments.items() if at is not None), reverse=True)
    periods: list[tuple[int, Callable[[dt.datetime], object]]] = [
        (days, lambda at: at.date()),
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


def _moment(name: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(name.partition(".")[0], _FORM).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
