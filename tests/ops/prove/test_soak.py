"""Hours of reading, writing and importing: no error, no leak, and memory stays what it was."""

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

from tests.ops.processes import ROOT, Server, environment, relatives, run
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers

pytestmark = [pytest.mark.server, pytest.mark.slow]
#: A small cache is full early, and then what grows is what leaks.
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


#: Posts at the beginning: SQLite's caches are full early, too.
POSTS = 5_000
#: Seconds of the whole run, and between two samples, imports and writes.
DURATION, BETWEEN_SAMPLES, BETWEEN_IMPORTS, BETWEEN_WRITES = 7_200, 10, 60, 1
MAX_DRIFT = 0.02


class Readers:
    """Threads that read any page, and count what they were answered."""

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
        chance = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stopped.is_set():
            posts = [f"/{title.lower().replace(' ', '-')}" for title in [*self._titles][-500:]]
            path = chance.choice([*PAGES, *posts])
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            self.statuses[path if path in PAGES else "post", answer.status] += 1
            time.sleep(chance.uniform(0, 0.02))
        connection.close()


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes of memory and open files of all processes.

    Of memory what they wrote to, divided among those who share it (Pss_Anon, proc(5)): the share of
    a program's files hangs on who else runs it.
    """

    bytes: int
    files: int

    @classmethod
    def of(cls, server: Server) -> "Sample":
        """Look at a server, its processes and its worker."""
        memory = files = 0
        for pid in relatives(server.data):
            with suppress(OSError):  # a job's process may end while it is looked at
                if _is_of(pid, server.process.pid):
                    memory += _memory(pid)
                    files += _files(pid)
        return cls(memory, files)


def _is_of(pid: int, server: int) -> bool:
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return server in {pid, int(status[1])}


def _memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1_024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def bring_in(data: Path, number: int) -> None:
    """Import articles from a folder of Markdown, as a person does while the site is in use."""
    folder = data.parent / f"articles-{number}"
    folder.mkdir()
    for article in range(ARTICLES):
        head = f"---\ntitle: Article {number}-{article}\npublished: true\n---\n\n"
        (folder / f"{number}-{article}.md").write_text(head + "What it says. " * 50)
    result = run(data, "import", "markdown", str(folder), "--author", "ada")
    assert result.returncode == 0, result.stdout + result.stderr


def watch(server: Server) -> list[Sample]:
    """Look at a server again and again, and bring articles in between.

    A slow machine goes on until there is enough to compare.
    """
    samples: list[Sample] = []
    began, imports = time.monotonic(), 0
    while (passed := time.monotonic() - began) < DURATION or imports < 2 or len(samples) < 12:
        if passed > BETWEEN_IMPORTS * (imports + 1):
            imports += 1
            bring_in(server.data, imports)
        samples.append(Sample.of(server))
        if len(samples) % 30 == 0:
            sys.stderr.write(f"{passed / 60:.0f} minutes, {samples[-1]}\n")
        time.sleep(BETWEEN_SAMPLES)
    return samples


def drift(values: list[int]) -> float:
    """Return by how much the last quarter exceeds the second, in which all is warm."""
    quarter = len(values) // 4
    second, last = values[quarter : 2 * quarter], values[-quarter:]
    return statistics.median(last) / statistics.median(second) - 1


@pytest.mark.prove
def test_hours_of_use_leave_it_as_it_was(start: Callable[..., Server], tmp_path: Path) -> None:
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
        samples = watch(server)
    sys.stderr.write(f"{sum(readers.statuses.values()):,} read, {samples[0]}, {samples[-1]}\n")
    assert writers.written.refused == []
    assert writers.written.unsure == set()
    assert {answer for answer in readers.statuses if answer[1] >= 500} == set()
    assert {status for page, status in readers.statuses if page == "post"} == {200}
    assert drift([sample.bytes for sample in samples]) < MAX_DRIFT
    assert drift([sample.files for sample in samples]) < MAX_DRIFT
    assert "Traceback" not in server.output


def test_what_drifts_is_found() -> None:
    assert drift([100, 90, *[80] * 40]) == 0
    assert drift(list(range(100, 200))) > 0.3
