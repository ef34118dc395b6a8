"""Writers who change a site of several processes, while everybody reads it."""

import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.proof.processes_edits import Doors, Execute, Writer
from tests.proof.processes_nodes import Node
from tests.proof.processes_reading import Bystander, Log, Memory, Reader
from tests.proof.processes_stage import Stage
from tests.proof.processes_world import Seen

#: An address that is nobody's any more.
_GONE = Seen(404)


@dataclass
class Course:
    """How the run goes: so many changes, after each of which so many addresses are read.

    `kill_every`: seconds between the deaths of processes; 0 for none.
    """

    edits: int
    addresses: int
    kill_every: float = 0


@dataclass
class Outcome:
    """What was done and found."""

    log: Log
    deeds: Counter[str]
    killed: int
    seconds: float

    def __str__(self) -> str:
        reads = sum(self.log.reads.values())
        return (
            f"{self.deeds.total()} changes and {reads} reads in {self.seconds:.0f} s,"
            f" {self.log.files} of files, {self.killed} processes killed,"
            f" {len(self.log.stale)} stale:"
            f" {dict(self.log.reads)} {dict(self.deeds)}"
        )


def run(course: Course, stage: Stage, nodes: list[Node], execute: Execute | None) -> Outcome:
    """Let every writer of the stage change things at the same time; return what came of it."""
    began = time.monotonic()
    log, memory, stop = Log(), Memory(), threading.Event()
    outcome = Outcome(log, Counter(), 0, 0)

    def reader(seed: int) -> Reader:
        return Reader(nodes, memory, log, random.Random(seed))

    def write(number: int) -> None:
        writer = Writer(stage.worlds[number], Doors(stage, nodes, execute), random.Random(number))
        _write(course.edits // len(stage.worlds), course.addresses, writer, reader(number), outcome)

    bystander = Bystander(lambda: reader(-1), stage.worlds, log, stop)
    killer = threading.Thread(target=_kill, args=(nodes, course.kill_every, stop, outcome))
    bystander.start()
    killer.start()
    try:
        with ThreadPoolExecutor(len(stage.worlds)) as pool:
            list(pool.map(write, range(len(stage.worlds))))
    finally:
        stop.set()
        bystander.join()
        killer.join()
    outcome.seconds = time.monotonic() - began
    sys.stdout.write(f"{outcome}\n")  # `make prove` shows it
    if bystander.error is not None:
        raise bystander.error
    return outcome


def _write(edits: int, addresses: int, writer: Writer, own: Reader, outcome: Outcome) -> None:
    """Change something so often, and look each time whether every process shows it."""
    world, chance = writer.world, random.Random(edits)
    for _ in range(edits):
        if outcome.log.stale:
            break
        world.lower_floors()
        deed, affected = writer.act()
        world.acknowledged()
        outcome.deeds[deed] += 1
        seen = world.seen()
        for path in [*affected[:addresses], chance.choice(list(seen))]:
            own.check(path, seen.get(path, _GONE), world.letter, deed)
    own.close()
    writer.leave()


def _kill(nodes: list[Node], every: float, stop: threading.Event, outcome: Outcome) -> None:
    chance = random.Random(0)
    while every and not stop.wait(every * chance.uniform(0.5, 1.5)):
        outcome.killed += bool(chance.choice(nodes).kill_one(chance.randrange(100)))
