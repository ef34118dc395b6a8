"""Latency of each kind of page, with a thousand posts and with a million."""

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
#: Maps a name such as `SQLite 1,000` to a site's data folder and its database URL (or empty).
type Sites = Mapping[str, tuple[Path, str]]
#: Maps a kind of page and the name of a site to p50 and p99 in milliseconds.
type Figures = dict[str, dict[str, tuple[float, float]]]


class Site:
    """A process that serves the site of a data folder, without a network."""

    def __init__(self, folder: Path, database: str, count: int) -> None:
        settings = {"DATABASE_URL": database} if database else {}
        settings |= {
            "BENCH_OWNER": credential(folder, "bench-token"),
            "BENCH_AUTHOR": credential(folder, "bench-token-of-author"),
            "LOG_LEVEL": "ERROR",
        }
        env = servers.broadsheet_env(folder, **settings)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.inside", str(count)],
            env={**os.environ, **env},
            cwd=servers.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.requests: dict[str, list[str]] = json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def send(self, request: str) -> tuple[str, float]:
        """Send a request of `bench.sample`; return the status and the CPU time in seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        status, _length, seconds = self._line().split()
        return status, float(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()


def measure(engines: Mapping[str, Sites], *, count: int, tries: int, only: str = "") -> None:
    """Measure, and record the table of all.

    `engines` maps `sqlite` and `postgresql` to their sites. Requests alternate between the sites of
    an engine, so that disturbances affect all. The time of a URL is the median of `tries` requests.
    """
    figures = {}
    for engine, sites in engines.items():
        figures[engine] = _measure(sites, count, tries, only)
    _report(figures, is_complete=not only)


def _measure(engine_sites: Sites, count: int, tries: int, only: str) -> Figures:
    with ExitStack() as stack:
        sites = {
            name: stack.enter_context(Site(folder, database, count))
            for name, (folder, database) in engine_sites.items()
        }
        kinds = [kind for kind in next(iter(sites.values())).requests if only in kind]
        figures: Figures = {}
        for kind in kinds:
            figures[kind] = {n: _summary(t) for n, t in _times(sites, kind, tries).items()}
            print(kind, {n: f[1] for n, f in figures[kind].items()}, file=sys.stderr, flush=True)
    return figures


def _times(sites: Mapping[str, Site], kind: str, tries: int) -> Times:
    requests = {name: site.requests[kind] for name, site in sites.items()}
    times: dict[str, dict[int, list[float]]] = {name: {} for name in sites}
    for attempt in range(tries + 1):
        for n in range(max(map(len, requests.values()))):
            if attempt == 0 and n >= 5:  # the first attempt only warms up
                break
            for name, site in sites.items():
                if n < len(requests[name]):
                    status, seconds = site.send(requests[name][n])
                    if status not in {"200", "301", "302", "404"}:
                        raise RuntimeError(
                            f"{name}: unexpected status {status} for {requests[name][n]}"
                        )
                    if attempt:
                        times[name].setdefault(n, []).append(seconds)
    return {name: [median(s) for s in by_url.values()] for name, by_url in times.items()}


def _summary(times: Iterable[float]) -> tuple[float, float]:
    """Return the 50th and the 99th percentile in milliseconds."""
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
