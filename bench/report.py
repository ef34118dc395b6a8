"""Measurements: printed tables, and the file from which docs and plots are generated."""

import datetime as dt
import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypedDict

#: All measurements, by name. The docs quote nothing else: see `bench.docs`.
FILE = Path(os.environ.get("BENCH_FIGURES", Path(__file__).parent / "figures.json"))


class Measurement(TypedDict):
    """A table as text, its values, and the date and machine of the measurement."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    values: Any
    measured_on: str
    machine: str


def record(
    name: str, title: str, head: Sequence[str], rows: Sequence[Sequence[str]], values: Any = None
) -> None:
    """Print a table, and write it to `FILE`, replacing the one with this name."""
    show(title, head, rows)
    measurement = Measurement(
        title=title,
        head=head,
        rows=rows,
        values=values,
        measured_on=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )
    content = json.dumps({**load(), name: measurement}, indent=1, sort_keys=True)
    FILE.write_text(f"{content}\n")


def show(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table."""
    print(f"\n{title}\n\n{table(head, rows)}\n", flush=True)


def load() -> dict[str, Measurement]:
    """Return all measurements by name."""
    measurements: dict[str, Measurement] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return measurements


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
