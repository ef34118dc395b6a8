"""`python -m bench docs`: write the measurements into the README and the documentation.

A document marks the place of a table with `<!-- figures: NAME -->` and `<!-- end of figures -->`.
Tests check that the text between them is what this module generates.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import report
from bench.report import Measurement

type Measurements = Mapping[str, Measurement]

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"<!-- figures: (?P<name>[a-z-]+) -->\n.*?<!-- end of figures -->", re.DOTALL)
POST, HOME = "post", "home, against their list of 20 titles"
#: Visitors a day, and the requests of each: see `docs/where-time-goes.md`, "What a visitor costs".
VISITORS = (1_000, 100_000, 10_000_000)
PAGES, PEAK, MISSES, SEARCHES, KILOBYTES = 3, 5, 0.05, 0.01, 70


def write() -> None:
    """Update all documents."""
    measurements = report.load()
    for document in DOCUMENTS:
        text = document.read_text()
        updated = insert(text, measurements)
        if updated != text:
            document.write_text(updated)
            print(document.relative_to(ROOT))


def insert(text: str, measurements: Measurements) -> str:
    """Return `text` with the content of each block generated again."""

    def block(match: re.Match[str]) -> str:
        name = match["name"]
        content = _content(name, measurements)
        return f"<!-- figures: {name} -->\n\n{content}\n\n<!-- end of figures -->"

    return BLOCK.sub(block, text)


def _content(name: str, measurements: Measurements) -> str:
    if calculate := CALCULATED.get(name):
        return calculate(measurements)
    if name not in measurements:
        return "Not measured for this version yet."
    one = measurements[name]
    caption = f"{one['title']}. Measured on {one['measured_on']}: {one['machine']}."
    return f"{caption}\n\n{report.table(one['head'], one['rows'])}"


def _summary(measurements: Measurements) -> str:
    """Return the README's table."""
    hit = measurements["hits"]["values"]["post, identity"]
    post, home = (measurements["misses"]["values"][name] for name in (POST, HOME))
    rows = [
        ("a cached post", hit["hit"], hit["nginx"], "of nginx serving the same bytes from a file"),
        (
            "an uncached post", post["ours"], post["theirs"],
            "of a beginner's tutorial, which shows title, text and date",
        ),
        (
            "the uncached home page", home["ours"], home["theirs"],
            "of the tutorial's bare list of twenty titles",
        ),
    ]  # fmt: skip
    return report.table(
        ("page", "requests per second", "compared with"),
        [(page, f"{ours:,.0f}", f"{ours / other:.2f} {what}") for page, ours, other, what in rows],
    )


def _cost(measurements: Measurements) -> tuple[float, float, float, float]:
    """Return the CPU milliseconds of a hit, a miss, a search, and an average page view."""
    hit = 1000 / measurements["hits"]["values"]["home, identity"]["hit"]
    miss = 1000 / measurements["misses"]["values"][HOME]["ours"]
    times = measurements["latency"]["values"]["sqlite"]["search, common words"]
    search = times["SQLite 1,000"][1]
    return hit, miss, search, (2 - MISSES) * hit + MISSES * miss + SEARCHES * search


def _costs(measurements: Measurements) -> str:
    """Return the table of request costs; a page includes the user menu that it fetches (a hit)."""
    names = (
        "a cached page, or the user menu of an anonymous visitor",
        "an uncached page (home)",
        "a search in 1,000 posts",
        "an average page of a visitor, with its user menu",
    )
    costs = zip(names, _cost(measurements), strict=True)
    return report.table(("request", "CPU, ms"), [(name, f"{ms:.3f}") for name, ms in costs])


def _sizing(measurements: Measurements) -> str:
    """Return the table of the load in the busiest second by the number of visitors a day."""
    *_, page = _cost(measurements)
    rows = []
    for visitors in VISITORS:
        pages = visitors * PAGES * PEAK / 86_400
        load = (pages, pages * page / 1000, pages * KILOBYTES * 8 / 1000)
        rows.append((f"{visitors:,}", *(f"{n:,.0f}" if n >= 10 else f"{n:.3f}" for n in load)))
    return report.table(
        ("visitors a day", "pages in the busiest second", "busy cores then", "Mbit/s then"), rows
    )


#: Blocks that are calculated from several measurements.
CALCULATED: dict[str, Callable[[Measurements], str]] = {
    "summary": _summary,
    "costs": _costs,
    "sizing": _sizing,
}
