"""Writers who change a site of several processes, while everybody reads it."""

import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.guarantees.staleness.processes_doors import Doors, Execute
from tests.guarantees.staleness.processes_edits import Writer
from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_reading import Bystander, Log, Memory, Reader
from tests.guarantees.staleness.processes_stage import Stage
from tests.guarantees.staleness.processes_world import Seen

#: An address that is nobody's any more.
_GONE = Seen(404)
_EVERY = 10  # seconds between two words on how far it is


@dataclass
class Course:
    """How the run goes: so many changes, after each of which what it affects is read.

    `addresses`: how many of those at most; None for all. `seed`: the same one makes each writer do
    the same. `kill_every`: seconds between the deaths of processes; 0 for none.
    """

    edits: int
    addresses: int | None
    seed: int
    kill_every: float = 0

    @classmethod
    def of(
        cls, config: pytest.Config, *, short: int, whole: int, kill_every: float = 0
    ) -> "Course":
        """Return the course of the length that was asked for."""
        seed = config.getoption("--seed")
        if config.getoption("--prove"):
            return cls(whole, None, seed or random.randrange(1, 10**6), kill_every)
        return cls(short, 6, seed or 1, kill_every)


class Run:
    """Everything that happens on one stage."""

    def __init__(
        self, course: Course, stage: Stage, nodes: list[Node], execute: Execute | None
    ) -> None:
        self.log = Log()
        self.killed = 0
        self._course = course
        self._stage = stage
        self._nodes = nodes
        self._execute = execute
        self._memory = Memory()
        self._stop = threading.Event()
        self._began = time.monotonic()

    def __str__(self) -> str:
        seconds = time.monotonic() - self._began
        return f"{self.log}, {self.killed} processes killed, in {seconds:.0f} s"

    def go(self) -> None:
        """Let every writer of the stage change things at the same time."""
        self._say(f"--seed={self._course.seed}")
        bystander = Bystander(lambda: self._reader(-1), self._stage.worlds, self.log, self._stop)
        others = [bystander, *map(self._thread, (self._kill, self._tell))]
        for thread in others:
            thread.start()
        try:
            self._write_all()
        except KeyboardInterrupt:
            self._say("interrupted; what follows was shown so far")
            raise
        finally:
            self._stop.set()
            for thread in others:
                thread.join()
            self._say(f"{self}: {dict(self.log.reads)} {dict(self.log.deeds)}")
        if bystander.error is not None:
            raise bystander.error

    def _write_all(self) -> None:
        numbers = range(len(self._stage.worlds))
        with ThreadPoolExecutor(len(numbers)) as pool:
            writing = pool.map(self._write, numbers)
            try:
                list(writing)
            finally:
                self._stop.set()

    def _write(self, number: int) -> None:
        """Let one writer change things, and look each time whether every process shows it."""
        doors = Doors(self._stage, self._nodes, self._execute, self._chance("doors", number))
        writer = Writer(self._stage.worlds[number], doors, self._chance("deeds", number))
        chance = self._chance("looks", number)
        with closing(doors), closing(self._reader(number)) as own:
            for _ in range(self._course.edits // len(self._stage.worlds)):
                if self.log.stale or self._stop.is_set():
                    break
                self._change(writer, own, chance)

    def _change(self, writer: Writer, own: Reader, chance: random.Random) -> None:
        world = writer.world
        world.lower_floors()
        deed, affected = writer.act()
        world.acknowledged()
        seen = world.seen()
        paths = [*affected[: self._course.addresses], chance.choice(list(seen))]
        what = f"{deed}, change {self.log.deeds.total() + 1}, --seed={self._course.seed}"
        own.check({path: seen.get(path, _GONE) for path in paths}, world.letter, what)
        self.log.did(deed)

    def _kill(self) -> None:
        """Kill one process after another, but on a slow machine let changes come between."""
        chance, every, done = self._chance("deaths", 0), self._course.kill_every, -1
        while every and not self._stop.wait(every * chance.uniform(0.5, 1.5)):
            if done != self.log.deeds.total():
                done = self.log.deeds.total()
                self.killed += bool(chance.choice(self._nodes).kill_one(chance.randrange(100)))

    def _tell(self) -> None:
        """Say now and then how far it is."""
        while not self._stop.wait(_EVERY):
            done = self.log.deeds.total()
            left = (time.monotonic() - self._began) * (self._course.edits / max(done, 1) - 1)
            self._say(f"{self} of {self._course.edits:,} changes; {left / 60:.0f} min left")

    def _say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")  # `make prove` shows it

    def _reader(self, number: int) -> Reader:
        return Reader(self._nodes, self._memory, self.log, self._chance("ways", number))

    def _chance(self, what: str, number: int) -> random.Random:
        return random.Random(f"{self._course.seed} {what} {number}")

    @staticmethod
    def _thread(work: object) -> threading.Thread:
        return threading.Thread(target=work)  # type: ignore[arg-type]


def run(course: Course, stage: Stage, nodes: list[Node], execute: Execute | None) -> Run:
    """Go the course; return what came of it. Raises AssertionError where anything is stale."""
    found = Run(course, stage, nodes, execute)
    found.go()
    found.log.must_be_clean()
    return found
