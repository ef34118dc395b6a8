"""Hours of reading, writing and importing: no errors, no leaks, and constant memory."""

import http.client
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.ops.processes import ROOT, Server, environment, processes_of, run
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers

pytestmark = [pytest.mark.server, pytest.mark.slow]
#: A small cache is full early; what grows after that is a leak.
SETTINGS = {
    "BROADSHEET_API_PER_MINUTE": "0",
    "BROADSHEET_PROCESSES": "2",
    "BROADSHEET_PAGE_CACHE_MB": "4",
}
PAGES = (
    "/ /archive /rss.xml /feed.json /sitemap.xml /search?q=text /tag/proof /@ada /nowhere"
    " /api/v1/posts /api/v1/tags /studio/ /healthz /metrics"
).split()
ARTICLES = 5  # in each import


#: Posts at the beginning, so that the caches of SQLite are full early, too.
POSTS = 5_000
#: Seconds of the whole run, and between samples, imports and writes.
DURATION, BETWEEN_SAMPLES, BETWEEN_IMPORTS, BETWEEN_WRITES = 7_200, 10, 60, 1
MAX_DRIFT = 0.02


class Readers:
    """Threads that request random pages, and count the statuses."""

    def __init__(self, port: int, titles: dict[str, str], threads: int = 4) -> None:
        self.statuses: Counter[tuple[str, int]] = Counter()
        self._port, self._titles = port, titles
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=[n]) for n in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        rng = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stopped.is_set():
            posts = [f"/{title.lower().replace(' ', '-')}" for title in [*self._titles][-500:]]
            path = rng.choice([*PAGES, *posts])
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            response = connection.getresponse()
            response.read()
            self.statuses[path if path in PAGES else "post", response.status] += 1
            time.sleep(rng.uniform(0, 0.02))
        connection.close()


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes of memory and open files of all processes.

    Only memory that was written to, divided among the processes that share it (Pss_Anon, proc(5)).
    The share of program files depends on what else runs on the machine.
    """

    bytes: int
    files: int

    @classmethod
    def measure(cls, server: Server) -> "Sample":
        """Measure a server, its processes and its worker."""
        memory = files = 0
        for pid in processes_of(server.data):
            with suppress(OSError):  # the process of a job may end meanwhile
                if _belongs_to(pid, server.process.pid):
                    memory += _memory(pid)
                    files += _files(pid)
        return cls(memory, files)


def _belongs_to(pid: int, server: int) -> bool:
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return server in {pid, int(status[1])}


def _memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1_024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def import_articles(data: Path, number: int) -> None:
    """Import articles from a Markdown folder while the site is in use."""
    folder = data.parent / f"articles-{number}"
    folder.mkdir()
    for article in range(ARTICLES):
        front_matter = f"---\ntitle: Article {number}-{article}\npublished: true\n---\n\n"
        (folder / f"{number}-{article}.md").write_text(front_matter + "What it says. " * 50)
    result = run(data, "import", "markdown", str(folder), "--author", "ada")
    assert result.returncode == 0, result.stdout + result.stderr


def take_samples(server: Server) -> list[Sample]:
    """Take samples of a server, and import articles in between.

    A slow machine continues until there is enough to compare.
    """
    samples: list[Sample] = []
    started, imports = time.monotonic(), 0
    while (elapsed := time.monotonic() - started) < DURATION or imports < 2 or len(samples) < 12:
        if elapsed > BETWEEN_IMPORTS * (imports + 1):
            imports += 1
            import_articles(server.data, imports)
        samples.append(Sample.measure(server))
        if len(samples) % 30 == 0:
            sys.stderr.write(f"{elapsed / 60:.0f} minutes, {samples[-1]}\n")
        time.sleep(BETWEEN_SAMPLES)
    return samples


def drift(values: list[int]) -> float:
    """Return by how much the last quarter exceeds the second one, in which caches are full."""
    quarter = len(values) // 4
    second, last = values[quarter : 2 * quarter], values[-quarter:]
    return statistics.median(last) / statistics.median(second) - 1


@pytest.mark.prove
def test_hours_of_use_cause_no_errors_and_no_leaks(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    subprocess.run(
        [sys.executable, "-m", "bench.seed", str(POSTS), "2500"],
        env=environment(data, DJANGO_SETTINGS_MODULE="broadsheet.settings"),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    token = run(data, "shell", "--no-imports", "-c", SEED).stdout
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **SETTINGS)
    writers = Writers(server.port, token, 10**6, threads=1, pause=BETWEEN_WRITES)
    with writers, Readers(server.port, writers.written.acknowledged) as readers:
        samples = take_samples(server)
    sys.stderr.write(f"{sum(readers.statuses.values()):,} read, {samples[0]}, {samples[-1]}\n")
    assert writers.written.refused == []
    assert writers.written.unsure == set()
    assert {response for response in readers.statuses if response[1] >= 500} == set()
    assert {status for page, status in readers.statuses if page == "post"} == {200}
    assert drift([sample.bytes for sample in samples]) < MAX_DRIFT
    assert drift([sample.files for sample in samples]) < MAX_DRIFT
    assert "Traceback" not in server.output


def test_drift_is_detected() -> None:
    assert drift([100, 90, *[80] * 40]) == 0
    assert drift(list(range(100, 200))) > 0.3
