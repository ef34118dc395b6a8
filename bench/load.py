"""Asking a server as fast as it answers, from a core of its own."""

import re
import subprocess
from dataclasses import dataclass

CONNECTIONS = 32
SERVER_CORE, CLIENT_CORE = "0", "1"


@dataclass(frozen=True, slots=True)
class Rate:
    """What a server did: answers a second, and the time in milliseconds that 99 of 100 took."""

    per_second: float
    p99_ms: float


def rate(url: str, *, seconds: int) -> Rate:
    """Return how fast `url` is answered over 32 kept connections, after a second to warm up.

    Raises RuntimeError when any answer was an error: then nothing was measured.
    """
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", "--latency"]
    command += ["--timeout", "30s"]
    subprocess.run([*command, "-d1s", url], check=True, capture_output=True)
    run = subprocess.run(
        [*command, f"-d{seconds}s", url], check=True, capture_output=True, text=True
    )
    if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise RuntimeError(f"{url} did not answer every request:\n{run.stdout}")
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", run.stdout)
    if per_second is None or p99 is None:
        raise RuntimeError(f"wrk said nothing of use:\n{run.stdout}")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
    return Rate(float(per_second[1]), float(p99[1]) * unit)
