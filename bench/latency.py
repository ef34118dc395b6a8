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
#: A name such as `sqlite 1,000` to a site's folder and the address of its database.
type Places = Mapping[str, tuple[Path, str]]
#: A kind of page to the names of sites, and to their p50 and p99 in milliseconds.
type Figures = dict[str, dict[str, tuple[float, float]]]


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


def measure(engines: Mapping[str, Places], *, count: int, tries: int, only: str = "") -> None:
    """Measure, and record the table of all.

    `engines`: `sqlite` or `postgresql` to the sites there. Sites of one are asked in turn, so that
    what disturbs one disturbs all. Each address is asked `tries` times, and its time is the median.
    """
    figures = {}
    for engine, places in engines.items():
        figures[engine] = _measure(places, count, tries, only)
    _report(figures, is_complete=not only)


def _measure(places: Places, count: int, tries: int, only: str) -> Figures:
    with ExitStack() as stack:
        sites = {
            name: stack.enter_context(Site(folder, database, count))
            for name, (folder, database) in places.items()
        }
        kinds = [kind for kind in next(iter(sites.values())).addresses if only in kind]
        figures: Figures = {}
        for kind in kinds:
            figures[kind] = {n: _summary(t) for n, t in _times(sites, kind, tries).items()}
            print(kind, {n: f[1] for n, f in figures[kind].items()}, file=sys.stderr, flush=True)
    return figures


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


def _report(engines: Mapping[str, Figures], *, is_complete: bool) -> None:
    """Print the p99 of each page with few and many posts, and their ratio; record all."""
    head = ["page"]
    rows: dict[str, list[str]] = {}
    for figures in engines.values():
        names = list(next(iter(figures.values())))
        head += [*names, "ratio"]
        for kind, of in figures.items():
            few, *_, many = p99 = [of[name][1] for name in names]
            cells = [*(f"{ms:.1f}" for ms in p99), f"{many / few:.2f}"]
            rows.setdefault(kind, [kind]).extend(cells)
    title = "CPU milliseconds of an uncached page, p99, by the number of posts"
    if is_complete:
        report.record("latency", title, head, list(rows.values()), engines)
    else:
        report.show(title, head, rows.values())
