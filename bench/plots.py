"""Plots of what was measured, for the docs: written by hand, so that no library is needed."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import report, svg

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH = 720
#: The least that a bar shows: lists of the API are not kept for who is logged in.
SHOWN = 0.05
#: The lines of the plot of latency, with the pages that they stand for.
LINES = {
    "home": "home",
    "post": "post",
    "tag, popular and deep": "tag, far back",
    "archive, deep": "archive, far back",
    "API by tag, popular": "API by tag",
    "search, common words": "search, common word",
}


def draw() -> None:
    """Draw what there are figures for."""
    if hits := report.kept("hits"):
        _write("speed-hits.svg", _hits(hits, report.kept("misses") or {}))
    latency = {
        name: report.kept(f"latency-{engine}")
        for engine, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))
    }
    if drawn := {name: figures for name, figures in latency.items() if figures}:
        _write("speed-latency.svg", _latency(drawn))


def _write(name: str, drawing: str) -> None:
    (IMAGES / name).write_text(drawing)
    print(f"docs/images/{name}")


def _hits(hits: Mapping[str, Any], misses: Mapping[str, Any]) -> str:
    """Draw answers a second as parts of what nginx does with the same bytes as a file."""
    left, right, top = 130, WIDTH - 70, 60
    kinds = {
        "hit": ("a", "kept page"),
        "logged in": ("e", "the same, logged in"),
        "dictionary": ("d", "a dictionary of pages, same server"),
    }
    pages = {name.split(",")[0]: rates for name, rates in hits.items() if "identity" in name}
    widest = max(1.0, *(r[k] / r["nginx"] for r in pages.values() for k in kinds))
    scale = (right - left) / widest
    parts = [svg.text(0, 18, "Answers a second, against nginx serving the same bytes", "title")]
    x = 0.0
    for colour, words in kinds.values():
        parts += [svg.bar(x, 30, 11, 11, colour), svg.text(x + 16, 40, words, "quiet small")]
        x += 30 + 6.2 * len(words)
    y = float(top)
    for page, rates in pages.items():
        parts.append(svg.text(left - 12, y + 25, page, "end"))
        for kind, (colour, _words) in kinds.items():
            part = rates[kind] / rates["nginx"]
            if part < SHOWN:
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
                svg.text(left - 12, y + 10, "post, rendered", "end"),
                svg.bar(left, y, part * scale, 11, "b"),
                svg.text(left + part * scale + 6, y + 10, f"{part:.4f}", "small quiet"),
            ]
            y += 27
    one = left + scale
    parts += [
        svg.line(one, top - 8, one, y - 8, "mark"),
        svg.text(one - 4, y + 6, "nginx", "end small quiet"),
    ]
    return svg.drawing(WIDTH, y + 16, "Answers a second of kept pages as parts of nginx's", parts)


def _latency(engines: Mapping[str, Mapping[str, Any]]) -> str:
    """Draw the 99th of a hundred times against the number of posts, a panel for each database."""
    height, top, gap, room = 300, 76, 16, 146
    panel = (WIDTH - gap * (len(engines) - 1)) / len(engines)
    parts = [
        svg.text(0, 18, "Time of a page that is not kept, by the number of posts", "title"),
        svg.text(0, 38, "milliseconds of the server, p99", "quiet small"),
    ]
    shown = [f[kind] for f in engines.values() for kind in LINES if kind in f]
    highest = max(of[1] for kind in shown for of in kind.values())
    ceiling = 10 ** math.ceil(math.log10(highest))

    def height_of(ms: float) -> float:
        return top + height - height * math.log10(max(ms, 1)) / math.log10(ceiling)

    for n, (name, figures) in enumerate(engines.items()):
        left = n * (panel + gap) + 40
        right = left + panel - room - 40
        parts.append(svg.text(left, top - 8, name))
        for power in range(round(math.log10(ceiling)) + 1):
            y = height_of(10**power)
            parts += [
                svg.line(left, y, right, y),
                svg.text(left - 6, y + 4, f"{10**power}", "end small quiet"),
            ]
        parts += _lines(figures, left, right, height_of, top + height)
    return svg.drawing(WIDTH, top + height + 30, "Latency against the number of posts", parts)


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
