"""A test marked `alone` has the machine to itself, though the others run in several processes.

What a browser measures of a page is measured of whatever else runs, too. Two locked files make a
turnstile: every test passes the gate and shares the room; one marked `alone` keeps the gate shut
until the others have left, has the room, and opens the gate again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

#: What pytest-xdist calls this run in each of its processes; nothing where there is one process.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
PLACE = Path(gettempdir())
#: The runs that this process gives work to.
_LED: set[str] = set()


@contextmanager
def _locked(name: str, how: int) -> Iterator[None]:
    with (PLACE / f"broadsheet-{RUN}-{name}").open("w") as file:  # closing it opens the lock
        fcntl.flock(file, how)
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run a test when its turn has come."""
    if not RUN:
        return (yield)
    with ExitStack() as room:
        with _locked("gate", fcntl.LOCK_EX):
            is_alone = item.get_closest_marker("alone") is not None
            room.enter_context(_locked("room", fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH))
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Note which run this process leads."""
    _LED.add(node.workerinput["testrunuid"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave no file behind, once all are done: who came later would lock another file."""
    for run in _LED:
        for name in ("gate", "room"):
            (PLACE / f"broadsheet-{run}-{name}").unlink(missing_ok=True)
