"""The plot of views per day, as coordinates for SVG."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.formats import date_format, number_format

from broadsheet.statistics.queries import DayCount, Statistics

_SMALL_STEPS = (2, 4, 8)
_STEPS = (10, 12, 16, 20, 24, 32, 40, 60, 80, 100)
#: Least distance of two labels.
_LINE_HEIGHT = 16
_SCALE = 4


class Frame(NamedTuple):
    """The size of a drawing, the edges of its plot area, and the number of dates below it."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    dates: int
    has_labels: bool


#: Beside the wide plot there is room for the names of the lines.
WIDE = Frame(1120, 300, 56, 980, 26, 274, 6, has_labels=True)
NARROW = Frame(350, 240, 46, 342, 26, 214, 3, has_labels=False)


class AxisTick(NamedTuple):
    """A tick of an axis: its position and its label."""

    at: str
    label: str


class Peak(NamedTuple):
    """The highest point: its position, its label, and the side of it on which there is room."""

    x: str
    y: str
    label_x: str
    anchor: str
    label: str


class ViewsPlot(NamedTuple):
    """A plot: `line` and `previous` are points; the labels' positions are those of their text."""

    frame: Frame
    line: str
    previous: str
    scale: list[AxisTick]
    dates: list[AxisTick]
    peak: Peak | None
    label_y: str
    previous_label_y: str


def views_plot(statistics: Statistics, frame: Frame) -> ViewsPlot:
    """Return the plot of a period, and of the one before it."""
    days, previous = statistics.days, statistics.previous_days
    top = ceiling(max(day.views for day in (*days, *previous)))
    ys = [_y(day.views, top, frame) for day in days]
    previous_ys = [_y(day.views, top, frame) for day in previous]
    label_y, previous_label_y = _apart(ys[-1], previous_ys[-1])
    return ViewsPlot(
        frame,
        _points(ys, frame),
        _points(previous_ys, frame),
        [
            AxisTick(f"{_y(value, top, frame):.1f}", format_number(value))
            for value in dict.fromkeys(top * n // _SCALE for n in range(_SCALE + 1))
        ],
        _dates(days, frame),
        _peak(days, ys, frame),
        f"{label_y:.1f}",
        f"{previous_label_y:.1f}",
    )


def ceiling(highest: int) -> int:
    """Return the smallest number not below `highest` whose quarters are easy to read."""
    if highest <= max(_SMALL_STEPS):
        return min(top for top in _SMALL_STEPS if top >= highest)
    power: int = 10 ** max(len(str(highest)) - 2, 0)
    tops = (step * power for step in _STEPS)
    return min((top for top in tops if top >= highest), default=100 * power)


def format_number(value: int) -> str:
    """Return a number with thousands separators."""
    return number_format(value, use_l10n=True, force_grouping=True)


def format_day(day: dt.date) -> str:
    """Return a short date without its year."""
    return date_format(day, "j M")


def _dates(days: Sequence[DayCount], frame: Frame) -> list[AxisTick]:
    step = max(1, -(-len(days) // frame.dates))
    indexes = range(len(days) - 1 - (len(days) - 1) % step, -1, -step)
    return [
        AxisTick(f"{_x(index, len(days), frame):.1f}", format_day(days[index].date))
        for index in reversed(indexes)
    ]


def _peak(days: Sequence[DayCount], ys: Sequence[float], frame: Frame) -> Peak | None:
    index = max(range(len(days)), key=lambda n: days[n].views)
    if not days[index].views:
        return None
    x = _x(index, len(days), frame)
    is_right = x > (frame.left + frame.right) / 2
    return Peak(
        f"{x:.1f}",
        f"{ys[index]:.1f}",
        f"{x - 8 if is_right else x + 8:.1f}",
        "end" if is_right else "start",
        format_number(days[index].views),
    )


def _points(ys: Sequence[float], frame: Frame) -> str:
    return " ".join(f"{_x(n, len(ys), frame):.1f},{y:.1f}" for n, y in enumerate(ys))


def _apart(y: float, other: float) -> tuple[float, float]:
    """Move two positions apart, so that labels there do not overlap."""
    missing = max(0.0, _LINE_HEIGHT - abs(y - other)) / 2
    return (y - missing, other + missing) if y <= other else (y + missing, other - missing)


def _x(index: int, count: int, frame: Frame) -> float:
    return frame.left + (frame.right - frame.left) * index / max(count - 1, 1)


def _y(value: int, top: int, frame: Frame) -> float:
    return frame.bottom - (frame.bottom - frame.top) * value / top
