"""How long each kind of page takes, with a thousand posts and with a million."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Self

from bench import report, servers
from bench.data import credential

type Times = dict[str, list[float]]


class Site:
    """One data folder, and the process that answers from it."""

    def __init__(self, folder: Path, database: str, count: int) -> None:
        more = {"DATABASE_URL": database} if database else {}
        more |= {
            "BENCH_OWNER": credential(folder, "bench-token"),
            "BENCH_AUTHOR": credential(folder, "bench-token-of-author"),
            "LOG_LEVEL": "ERROR",
        }
        env = servers.broadsheet_env(folder, **more)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.inside", str(count)],
            env={**os.environ, **env},
            cwd=servers.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addresses: dict[str, list[str]] = json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def ask(self, address: str) -> tuple[str, float]:
        """Return the status and the seconds that the answer took."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{address}\n")
        self._process.stdin.flush()
        status, _length, took = self._line().split()
        return status, float(took)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()


def measure(
    places: Mapping[str, tuple[Path, str]], *, count: int, tries: int, only: str = ""
) -> None:
    """Measure, print a table and keep the figures.

    `places`: a name such as `sqlite 1000` to its folder and the address of its database. Sites are
    asked in turn, so that what disturbs one disturbs all. Each address is asked `tries` times, and
    its time is the median.
    """
    with ExitStack() as stack:
        sites = {
            name: stack.enter_context(Site(folder, database, count))
            for name, (folder, database) in places.items()
        }
        kinds = [kind for kind in next(iter(sites.values())).addresses if only in kind]
        figures = {}
        for kind in kinds:
            figures[kind] = {n: _summary(t) for n, t in _times(sites, kind, tries).items()}
            print(kind, {n: f[1] for n, f in figures[kind].items()}, file=sys.stderr, flush=True)
    engine = next(iter(places)).split()[0]
    _show(engine, figures, list(places))
    if not only:
        report.keep(f"latency-{engine}", figures)


def _times(sites: Mapping[str, Site], kind: str, tries: int) -> Times:
    asked = {name: site.addresses[kind] for name, site in sites.items()}
    times: dict[str, dict[int, list[float]]] = {name: {} for name in sites}
    for again in range(tries + 1):
        for n in range(max(map(len, asked.values()))):
            if again == 0 and n >= 5:  # to warm up
                break
            for name, site in sites.items():
                if n < len(asked[name]):
                    status, took = site.ask(asked[name][n])
                    if status not in {"200", "301", "302", "404"}:
                        raise RuntimeError(f"{name}: {asked[name][n]} was answered with {status}")
                    if again:
                        times[name].setdefault(n, []).append(took)
    return {name: [median(took) for took in some.values()] for name, some in times.items()}


def _summary(times: Iterable[float]) -> tuple[float, float]:
    """Return the 50th and the 99th of a hundred, in milliseconds."""
    cuts = quantiles(times, n=100, method="inclusive")
    return round(cuts[49] * 1000, 3), round(cuts[98] * 1000, 3)


def _show(
    engine: str, figures: Mapping[str, Mapping[str, tuple[float, float]]], names: list[str]
) -> None:
    columns = [f"{cut} {name}" for cut in ("p50", "p99") for name in names]
    head = ["page", *columns, "p99 ratio"]
    rows = [
        [
            kind,
            *(f"{of[name][0]:.1f}" for name in names),
            *(f"{of[name][1]:.1f}" for name in names),
            f"{of[names[-1]][1] / of[names[0]][1]:.2f}",
        ]
        for kind, of in figures.items()
    ]
    report.show(
        f"latency-{engine}", f"Milliseconds for a page that is not kept, {engine}", head, rows
    )
