"""Lines through the last day, with their scale and the hours below, as SVG draws them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import number_format, time_format

SPAN = dt.timedelta(days=1)
#: After so long without a sample a line ends: nobody counted.
GAP = dt.timedelta(minutes=15)
#: The whole picture, and what of it the lines have.
WIDTH, HEIGHT = 360, 132
LEFT, RIGHT, TOP, BOTTOM = 46, 352, 10, 106
_SMALL = (2, 4, 6, 8)
_TOPS = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
_EVERY = 6  # hours between two marks

type Values = Sequence[tuple[dt.datetime, int]]


class Mark(NamedTuple):
    """A mark at an axis: where it is, and what it says."""

    at: str
    label: str


class Plot(NamedTuple):
    """A plot: `lines` are points for SVG, `last` and `highest` values in words."""

    title: str
    lines: list[str]
    scale: list[Mark]
    hours: list[Mark]
    last: str
    highest: str


def plot(title: str, values: Values, now: dt.datetime) -> Plot:
    """Return the plot of `values`, each with its moment, over the day that ends `now`."""
    highest = max(value for _at, value in values)
    top = ceiling(highest)
    lines = [
        " ".join(f"{_x(at, now):.1f},{_y(value, top):.1f}" for at, value in run)
        for run in _runs(values)
    ]
    scale = [Mark(f"{_y(value, top):.1f}", words(value)) for value in (0, top // 2, top)]
    return Plot(title, lines, scale, hours(now), words(values[-1][1]), words(highest))


def ceiling(highest: int) -> int:
    """Return the smallest number that is not below `highest`, and whose half is easy to read."""
    if highest <= max(_SMALL):
        return min(top for top in _SMALL if top >= highest)
    power: int = 10 ** (len(str(highest)) - 2)
    return power * min(top for top in _TOPS if top * power >= highest)


def hours(now: dt.datetime) -> list[Mark]:
    """Return the marks of every sixth hour of the day that ends `now`, in the site's time zone."""
    local = timezone.localtime(now)
    full = local.replace(minute=0, second=0, microsecond=0)
    marks = [full - dt.timedelta(hours=back) for back in range(25)]
    shown = [at for at in reversed(marks) if at.hour % _EVERY == 0 and now - at <= SPAN]
    return [Mark(f"{_x(at, now):.1f}", time_format(at, "H:i")) for at in shown]


def words(value: int) -> str:
    """Return a number as people write it."""
    return number_format(value, use_l10n=True, force_grouping=True)


def _runs(values: Values) -> Iterator[Values]:
    """Yield the parts of `values` between which nobody counted."""
    begin = 0
    for index in range(1, len(values)):
        if values[index][0] - values[index - 1][0] > GAP:
            yield values[begin:index]
            begin = index
    yield values[begin:]


def _x(at: dt.datetime, now: dt.datetime) -> float:
    return RIGHT - (RIGHT - LEFT) * ((now - at) / SPAN)


def _y(value: int, top: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top
