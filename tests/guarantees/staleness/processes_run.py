"""A run: writers change a site of several processes while every process is read."""

import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.guarantees.staleness.processes_client import ChangeClient, Execute
from tests.guarantees.staleness.processes_edits import Writer
from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_readers import BackgroundReader, Log, PageMarks, Reader
from tests.guarantees.staleness.processes_site import SeededSite
from tests.guarantees.staleness.processes_world import ExpectedPage

#: Expected at a URL that no page has any more.
_GONE = ExpectedPage(404)
_PROGRESS_SECONDS = 10


@dataclass
class RunOptions:
    """Number of changes; after each, the URLs that it affects are read.

    `urls`: at most this many of them; None for all. `seed`: the same one repeats the changes of
    each writer. `kill_every`: seconds between two killed processes; 0 for none.
    """

    edits: int
    urls: int | None
    seed: int
    kill_every: float = 0

    @classmethod
    def from_config(
        cls, config: pytest.Config, *, short: int, full: int, kill_every: float = 0
    ) -> "RunOptions":
        """Return the options for the length that the command line selects."""
        seed = config.getoption("--seed")
        if config.getoption("--prove"):
            return cls(full, None, seed or random.randrange(1, 10**6), kill_every)
        return cls(short, 6, seed or 1, kill_every)


class Run:
    """Writers, readers and killed processes of one run."""

    def __init__(
        self,
        options: RunOptions,
        seeded_site: SeededSite,
        nodes: list[Node],
        execute: Execute | None,
    ) -> None:
        self.log = Log()
        self.killed = 0
        self._options = options
        self._seeded_site = seeded_site
        self._nodes = nodes
        self._execute = execute
        self._memory = PageMarks()
        self._stop = threading.Event()
        self._began = time.monotonic()

    def __str__(self) -> str:
        seconds = time.monotonic() - self._began
        return f"{self.log}, {self.killed} processes killed, in {seconds:.0f} s"

    def execute(self) -> None:
        """Let all writers make changes at the same time."""
        self._print(f"--seed={self._options.seed}")
        background_reader = BackgroundReader(
            lambda: self._reader(-1), self._seeded_site.worlds, self.log, self._stop
        )
        others = [background_reader, *map(self._thread, (self._kill, self._report))]
        for thread in others:
            thread.start()
        try:
            self._write_all()
        except KeyboardInterrupt:
            self._print("interrupted; the results so far follow")
            raise
        finally:
            self._stop.set()
            for thread in others:
                thread.join()
            self._print(f"{self}: {dict(self.log.reads)} {dict(self.log.edits)}")
        if background_reader.error is not None:
            raise background_reader.error

    def _write_all(self) -> None:
        numbers = range(len(self._seeded_site.worlds))
        with ThreadPoolExecutor(len(numbers)) as pool:
            writing = pool.map(self._write, numbers)
            try:
                list(writing)
            finally:
                self._stop.set()

    def _write(self, number: int) -> None:
        """Let one writer make changes, and check after each that every process shows it."""
        client = ChangeClient(
            self._seeded_site, self._nodes, self._execute, self._random("client", number)
        )
        writer = Writer(self._seeded_site.worlds[number], client, self._random("edits", number))
        rng = self._random("looks", number)
        with closing(client), closing(self._reader(number)) as own:
            for _ in range(self._options.edits // len(self._seeded_site.worlds)):
                if self.log.stale or self._stop.is_set():
                    break
                self._change(writer, own, rng)

    def _change(self, writer: Writer, own: Reader, rng: random.Random) -> None:
        world = writer.world
        world.lower_floors()
        edit, affected = writer.change()
        world.acknowledged()
        expected = world.expected_pages()
        paths = [*affected[: self._options.urls], rng.choice(list(expected))]
        what = f"{edit}, change {self.log.edits.total() + 1}, --seed={self._options.seed}"
        own.check({path: expected.get(path, _GONE) for path in paths}, world.letter, what)
        self.log.count_change(edit)

    def _kill(self) -> None:
        """Kill one process after another; on a slow machine, with changes in between."""
        rng, every, done = self._random("deaths", 0), self._options.kill_every, -1
        while every and not self._stop.wait(every * rng.uniform(0.5, 1.5)):
            if done != self.log.edits.total():
                done = self.log.edits.total()
                self.killed += bool(rng.choice(self._nodes).kill_one(rng.randrange(100)))

    def _report(self) -> None:
        """Print the progress from time to time."""
        while not self._stop.wait(_PROGRESS_SECONDS):
            done = self.log.edits.total()
            left = (time.monotonic() - self._began) * (self._options.edits / max(done, 1) - 1)
            self._print(f"{self} of {self._options.edits:,} changes; {left / 60:.0f} min left")

    def _print(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")  # shown by `make prove`

    def _reader(self, number: int) -> Reader:
        return Reader(self._nodes, self._memory, self.log, self._random("ways", number))

    def _random(self, what: str, number: int) -> random.Random:
        return random.Random(f"{self._options.seed} {what} {number}")

    @staticmethod
    def _thread(work: object) -> threading.Thread:
        return threading.Thread(target=work)  # type: ignore[arg-type]


def run(
    options: RunOptions, seeded_site: SeededSite, nodes: list[Node], execute: Execute | None
) -> Run:
    """Execute a run; return its result. Raises AssertionError if anything stale was read."""
    result = Run(options, seeded_site, nodes, execute)
    result.execute()
    result.log.assert_not_stale()
    return result
