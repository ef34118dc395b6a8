"""Plots of the measurements for the docs, as SVG without a library."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import report, svg
from bench.report import Measurement

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH = 720
#: The smallest bar that is drawn: API lists are not cached for logged-in users.
SMALLEST = 0.05
#: Pages whose latency is drawn, with their labels.
LINES = {
    "home": "home",
    "post": "post",
    "tag, popular and deep": "tag, deep",
    "archive, deep": "archive, deep",
    "API by tag, popular": "API by tag",
    "search, common words": "search, common word",
}


def draw() -> None:
    """Write the plots."""
    for name, drawing in drawings(report.load()).items():
        (IMAGES / name).write_text(drawing)
        print(f"docs/images/{name}")


def drawings(measurements: Mapping[str, Measurement]) -> dict[str, str]:
    """Return the plots of all measured pages, by file name."""
    values = {name: one["values"] for name, one in measurements.items()}
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    latency = {names[engine]: pages for engine, pages in values["latency"].items()}
    return {
        "speed-hits.svg": _hits(values["hits"], values["misses"]),
        "speed-latency.svg": _latency(latency),
    }


def _hits(hits: Mapping[str, Any], misses: Mapping[str, Any]) -> str:
    """Draw requests per second relative to nginx serving the same bytes from a file."""
    left, right, top = 130, WIDTH - 70, 60
    kinds = {
        "hit": ("a", "cache hit"),
        "logged in": ("e", "logged in"),
        "dictionary": ("d", "a dictionary of pages, same server"),
    }
    pages = {name.split(",")[0]: rates for name, rates in hits.items() if "identity" in name}
    widest = max(1.0, *(r.get(k, 0) / r["nginx"] for r in pages.values() for k in kinds))
    scale = (right - left) / widest
    parts = [
        svg.text(0, 18, "Requests per second, relative to nginx serving the same bytes", "title")
    ]
    x = 0.0
    for colour, label in kinds.values():
        parts += [svg.bar(x, 30, 11, 11, colour), svg.text(x + 16, 40, label, "quiet small")]
        x += 30 + 6.2 * len(label)
    y = float(top)
    for page, rates in pages.items():
        parts.append(svg.text(left - 12, y + 25, page, "end"))
        for kind, (colour, _label) in kinds.items():
            part = rates.get(kind, 0) / rates["nginx"]
            if part < SMALLEST:
                continue
            parts += [
                svg.bar(left, y, part * scale, 11, colour),
                svg.text(left + part * scale + 6, y + 10, f"{part:.2f}", "small quiet"),
            ]
            y += 13
        y += 14
    for name, rates in misses.items():
        part = rates["ours"] / next(iter(pages.values()))["nginx"]
        if name == "post":
            parts += [
                svg.text(left - 12, y + 10, "post, uncached", "end"),
                svg.bar(left, y, part * scale, 11, "b"),
                svg.text(left + part * scale + 6, y + 10, f"{part:.4f}", "small quiet"),
            ]
            y += 27
    one = left + scale
    parts += [
        svg.line(one, top - 8, one, y - 8, "mark"),
        svg.text(one - 4, y + 6, "nginx", "end small quiet"),
    ]
    return svg.drawing(WIDTH, y + 16, "Requests per second of cached pages", parts)


def _latency(engines: Mapping[str, Mapping[str, Any]]) -> str:
    """Draw p99 by the number of posts, a panel for each database."""
    height, top, gap, label_width = 300, 76, 16, 146
    panel = (WIDTH - gap * (len(engines) - 1)) / len(engines)
    parts = [
        svg.text(0, 18, "Time of an uncached page, by the number of posts", "title"),
        svg.text(0, 38, "CPU milliseconds, p99", "quiet small"),
    ]
    plotted = [f[kind] for f in engines.values() for kind in LINES if kind in f]
    highest = max(of[1] for kind in plotted for of in kind.values())
    ceiling = 10 ** math.ceil(math.log10(highest))

    def height_of(ms: float) -> float:
        return top + height - height * math.log10(max(ms, 1)) / math.log10(ceiling)

    for n, (name, figures) in enumerate(engines.items()):
        left = n * (panel + gap) + 40
        right = left + panel - label_width - 40
        parts.append(svg.text(left, top - 8, name))
        for power in range(round(math.log10(ceiling)) + 1):
            y = height_of(10**power)
            parts += [
                svg.line(left, y, right, y),
                svg.text(left - 6, y + 4, f"{10**power}", "end small quiet"),
            ]
        parts += _lines(figures, left, right, height_of, top + height)
    return svg.drawing(WIDTH, top + height + 30, "Latency by the number of posts", parts)


def _lines(
    figures: Mapping[str, Any], left: float, right: float, height_of: Any, bottom: float
) -> list[str]:
    kinds = [kind for kind in LINES if kind in figures]
    counts = [int(name.split()[1].replace(",", "")) for name in figures[kinds[0]]]
    low, high = math.log10(min(counts)), math.log10(max(counts))
    across = [left + (right - left) * (math.log10(n) - low) / (high - low) for n in counts]
    parts = [
        svg.text(x, bottom + 18, _short(n), "middle small quiet")
        for x, n in zip(across, counts, strict=True)
    ]
    ends = svg.apart([height_of(list(figures[k].values())[-1][1]) + 4 for k in kinds], 14)
    for kind, colour, end in zip(kinds, svg.COLOURS, ends, strict=False):
        heights = [height_of(of[1]) for of in figures[kind].values()]
        parts += svg.path(list(zip(across, heights, strict=True)), colour)
        parts.append(svg.text(right + 8, end, LINES[kind], "small"))
    return parts


def _short(posts: int) -> str:
    return f"{posts // 1_000_000}M" if posts >= 1_000_000 else f"{posts // 1_000}k"
