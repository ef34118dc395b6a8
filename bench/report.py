"""Tables for people, and figures kept for the plots."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

FIGURES = Path(os.environ.get("BENCH_FIGURES", Path(__file__).parent / "figures"))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; all columns but the first stand to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def show(name: str, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, and keep it in Markdown as `figures/<name>.md`."""
    text = f"{title}\n\n{table(head, rows)}\n"
    print(f"\n{text}", flush=True)
    FIGURES.mkdir(exist_ok=True)
    (FIGURES / f"{name}.md").write_text(text)


def keep(name: str, figures: Any) -> None:
    """Keep what was measured for the plots, with the machine it was measured on."""
    FIGURES.mkdir(exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    content = {"machine": machine, "figures": figures}
    (FIGURES / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def kept(name: str) -> Any:
    """Return what was kept; None where it was not measured."""
    path = FIGURES / f"{name}.json"
    return json.loads(path.read_text())["figures"] if path.exists() else None
