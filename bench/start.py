"""Start time: from the command `broadsheet serve` to the first byte."""

import http.client
import os
import signal
import subprocess
import sys
import time
from statistics import median

from bench import data, processes, report, servers

HEAD = ("start", "CPU time, s", "elapsed time, s")
POSTS = 1_000


def measure(*, rounds: int) -> None:
    """Measure and record the table. CPU time is the sum over all processes of the server."""
    folder = data.broadsheet(POSTS)
    times = [_once(servers.broadsheet_env(folder)) for _ in range(rounds + 1)][1:]
    cpu, elapsed = (median(column) for column in zip(*times, strict=True))
    title = f"From `broadsheet serve` to the first byte of `/`: medians of {rounds}"
    report.record("start", title, HEAD, [["cold start", f"{cpu:.2f}", f"{elapsed:.2f}"]])


def _once(env: dict[str, str]) -> tuple[float, float]:
    port = servers.free_port()
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "broadsheet", "serve"],
        env={**os.environ, **env, "PORT": str(port)},
        cwd=servers.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _first_byte(port)
        elapsed = time.perf_counter() - start
        return sum(map(processes.worked, processes.family(process.pid))), elapsed
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _first_byte(port: int) -> None:
    for _ in range(6_000):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/")
            connection.getresponse().read(1)
        except OSError:
            time.sleep(0.005)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError("the server did not respond")
