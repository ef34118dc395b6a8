"""Line plots of the last day, as coordinates for SVG."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import number_format, time_format

SPAN = dt.timedelta(days=1)
#: A longer time without a sample interrupts the line.
MAX_GAP = dt.timedelta(minutes=15)
#: Size of the picture, and the edges of the plot area in it.
WIDTH, HEIGHT = 360, 132
LEFT, RIGHT, TOP, BOTTOM = 46, 352, 10, 106
_SMALL_STEPS = (2, 4, 6, 8)
_STEPS = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
_HOURS_BETWEEN_TICKS = 6

type Values = Sequence[tuple[dt.datetime, int]]


class Tick(NamedTuple):
    """A tick of an axis: its position and its label."""

    at: str
    label: str


class Plot(NamedTuple):
    """A plot: `lines` are points for SVG, `last` and `highest` formatted values."""

    title: str
    lines: list[str]
    scale: list[Tick]
    hours: list[Tick]
    last: str
    highest: str


def plot(title: str, values: Values, now: dt.datetime) -> Plot:
    """Return the plot of `values`, pairs of time and value, for the day that ends `now`."""
    highest = max(value for _at, value in values)
    top = ceiling(highest)
    lines = [
        " ".join(f"{_x(at, now):.1f},{_y(value, top):.1f}" for at, value in run)
        for run in _runs(values)
    ]
    scale = [Tick(f"{_y(value, top):.1f}", format_value(value)) for value in (0, top // 2, top)]
    return Plot(title, lines, scale, hours(now), format_value(values[-1][1]), format_value(highest))


def ceiling(highest: int) -> int:
    """Return the smallest number not below `highest` that is easy to read, as is its half."""
    if highest <= max(_SMALL_STEPS):
        return min(top for top in _SMALL_STEPS if top >= highest)
    power: int = 10 ** (len(str(highest)) - 2)
    return power * min(top for top in _STEPS if top * power >= highest)


def hours(now: dt.datetime) -> list[Tick]:
    """Return a tick for every sixth hour of the day that ends `now`, in the site's time zone."""
    local = timezone.localtime(now)
    full = local.replace(minute=0, second=0, microsecond=0)
    times = [full - dt.timedelta(hours=back) for back in range(25)]
    visible = [
        at for at in reversed(times) if at.hour % _HOURS_BETWEEN_TICKS == 0 and now - at <= SPAN
    ]
    return [Tick(f"{_x(at, now):.1f}", time_format(at, "H:i")) for at in visible]


def format_value(value: int) -> str:
    """Return a number with thousands separators."""
    return number_format(value, use_l10n=True, force_grouping=True)


def _runs(values: Values) -> Iterator[Values]:
    """Yield the parts of `values` between gaps."""
    start = 0
    for index in range(1, len(values)):
        if values[index][0] - values[index - 1][0] > MAX_GAP:
            yield values[start:index]
            start = index
    yield values[start:]


def _x(at: dt.datetime, now: dt.datetime) -> float:
    return RIGHT - (RIGHT - LEFT) * ((now - at) / SPAN)


def _y(value: int, top: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top
