"""Asking a server as fast as it answers, from a core of its own."""

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
    """What a server did: answers a second, and the time in milliseconds that 99 of 100 took."""

    per_second: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Question:
    """An address and the headers with which it is asked for."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def compare(questions: Mapping[str, Question], *, rounds: int, seconds: int) -> dict[str, Rate]:
    """Return how fast each question is answered: the medians of `rounds` runs, taken in turn."""
    runs: dict[str, list[Rate]] = {name: [] for name in questions}
    for question in questions.values():
        _rate(question, seconds=1)
    for _ in range(rounds):
        for name, question in questions.items():
            runs[name].append(_rate(question, seconds=seconds))
    return {
        name: Rate(
            statistics.median(r.per_second for r in some),
            statistics.median(r.p99_ms for r in some),
        )
        for name, some in runs.items()
    }


def _finish(question: Question) -> None:
    """Wait until the server has done what wrk left behind, so that nobody else has to."""
    with suppress(urllib.error.HTTPError):  # 304 is an answer too
        urllib.request.urlopen(urllib.request.Request(question.url, headers=dict(question.headers)))


def _rate(question: Question, *, seconds: int) -> Rate:
    """Return how fast it is answered over 32 kept connections.

    Raises RuntimeError when any answer was an error: then nothing was measured.
    """
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", "--latency"]
    command += ["--timeout", "30s", f"-d{seconds}s"]
    for name, value in question.headers.items():
        command += ["-H", f"{name}: {value}"]
    run = subprocess.run([*command, question.url], check=True, capture_output=True, text=True)
    _finish(question)
    if "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise RuntimeError(f"{question.url} did not answer every request:\n{run.stdout}")
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", run.stdout)
    if per_second is None or p99 is None:
        raise RuntimeError(f"wrk said nothing of use:\n{run.stdout}")
    if float(per_second[1]) == 0:
        raise RuntimeError(f"{question.url} was not answered once in {seconds} s: give it longer")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
    return Rate(float(per_second[1]), float(p99[1]) * unit)
