"""Load generator: wrk on a separate core."""

import re
import statistics
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

CONNECTIONS = 32
SERVER_CORE, CLIENT_CORE = "0", "1"


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second, and the p99 of the response time in milliseconds."""

    per_second: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Request:
    """A URL and the request headers."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def compare(requests: Mapping[str, Request], *, rounds: int, seconds: int) -> dict[str, Rate]:
    """Return the rate of each request: the medians of `rounds` runs, which alternate."""
    runs: dict[str, list[Rate]] = {name: [] for name in requests}
    for request in requests.values():
        _rate(request, seconds=1)
    for _ in range(rounds):
        for name, request in requests.items():
            runs[name].append(_rate(request, seconds=seconds))
    return {
        name: Rate(
            statistics.median(rate.per_second for rate in rates),
            statistics.median(rate.p99_ms for rate in rates),
        )
        for name, rates in runs.items()
    }


def _finish(request: Request) -> None:
    """Wait until the server has finished wrk's last requests, so that they delay no other run."""
    with suppress(urllib.error.HTTPError):  # urllib raises for a 304
        urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers)))


def _rate(request: Request, *, seconds: int) -> Rate:
    """Measure the rate over 32 keep-alive connections.

    Raises RuntimeError if any response was an error, because the run is then invalid.
    """
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", "--latency"]
    command += ["--timeout", "30s", f"-d{seconds}s"]
    for name, value in request.headers.items():
        command += ["-H", f"{name}: {value}"]
    run = subprocess.run([*command, request.url], check=True, capture_output=True, text=True)
    _finish(request)
    if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise RuntimeError(f"{request.url}: some requests failed:\n{run.stdout}")
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", run.stdout)
    if per_second is None or p99 is None:
        raise RuntimeError(f"wrk printed no rate or no latency:\n{run.stdout}")
    if float(per_second[1]) == 0:
        raise RuntimeError(f"{request.url}: no response in {seconds} s; use longer runs")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
    return Rate(float(per_second[1]), float(p99[1]) * unit)
