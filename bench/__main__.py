"""`python -m bench [WHAT …]`: run benchmarks, print tables, write them to `bench/figures.json`.

WHAT is hits, misses, nodes, publish, imports, latency, memory, move, start or views; `plots` draws
the docs' plots, and `docs` inserts the tables into the docs. Default: all. Needs two cores, nginx,
wrk and taskset. The data of a million posts takes 9 GB; it is created once, in a quarter of an
hour.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable

from bench import (
    data,
    docs,
    hits,
    imports,
    latency,
    memory,
    misses,
    move,
    nodes,
    plots,
    publish,
    start,
    views,
)


def main() -> None:
    options = _options()
    actions = _actions(options)
    names = options.what or [*actions]
    if {*names} - {"plots", "docs"}:
        _check_machine()
    for name in names:
        actions[name]()


def _check_machine() -> None:
    """Exit if the machine lacks a program or a core that the benchmarks need."""
    for program in ("nginx", "wrk", "taskset"):
        if shutil.which(program) is None:
            sys.exit(
                f"bench: needs {program}. On Debian: apt-get install nginx-light wrk util-linux"
            )
    if (os.cpu_count() or 1) < 2:
        sys.exit("bench: needs two cores, one for the server and one for the client")


def _actions(options: argparse.Namespace) -> dict[str, Callable[[], None]]:
    """Return the benchmarks and outputs by name."""
    run = {"rounds": options.rounds, "seconds": options.seconds}
    sample = {"count": options.count, "tries": options.tries, "only": options.only}
    return {
        "hits": lambda: hits.measure(**run, databases=options.postgresql),
        "misses": lambda: misses.measure(**run, only=options.only),
        "nodes": lambda: nodes.measure(**run, databases=options.postgresql),
        "publish": lambda: publish.measure(count=options.count),
        "imports": lambda: imports.measure(rounds=options.rounds),
        "latency": lambda: latency.measure(_engines(options), **sample),
        "memory": lambda: memory.measure(posts=max(options.posts)),
        "move": lambda: move.measure(posts=max(options.posts), targets=options.postgresql),
        "start": lambda: start.measure(rounds=options.rounds),
        "views": lambda: views.measure(rounds=options.rounds),
        "plots": plots.draw,
        "docs": docs.write,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="WHAT")
    parser.add_argument("--rounds", type=int, default=5, help="runs; the median counts")
    parser.add_argument("--seconds", type=int, default=2, help="length of a run in seconds")
    parser.add_argument("--count", type=int, default=200, help="URLs of each kind")
    parser.add_argument("--tries", type=int, default=1, help="requests for each URL")
    parser.add_argument(
        "--only",
        default="",
        help="latency, misses: measure only pages with this in their name; not recorded",
    )
    parser.add_argument("--posts", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument(
        "--postgresql",
        nargs="*",
        default=[],
        metavar="URL",
        help="databases for hits, for latency (one for each of --posts), and for move and nodes"
        " (an empty one)",
    )
    return parser.parse_args()


def _engines(options: argparse.Namespace) -> dict[str, latency.Sites]:
    """Return the sites for the latency benchmark; create those that are missing."""
    engines: dict[str, latency.Sites] = {
        "sqlite": {f"SQLite {n:,}": (data.broadsheet(n), "") for n in options.posts}
    }
    if options.postgresql:
        engines["postgresql"] = {
            f"PostgreSQL {n:,}": (data.broadsheet(n, database=database), database)
            for n, database in zip(options.posts, options.postgresql, strict=True)
        }
    return engines


if __name__ == "__main__":
    main()
