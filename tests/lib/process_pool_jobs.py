"""Jobs for the child processes of test_process_pool: good ones and bad ones."""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

type Result = tuple[Mapping[str, Any], Sequence[bytes]]


def _echo(values: Mapping[str, Any], blobs: Sequence[bytes]) -> Result:
    return {**values, "pid": os.getpid(), "nice": os.getpriority(os.PRIO_PROCESS, 0)}, blobs


def _environment(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    return dict(os.environ), ()


def _compute(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    while True:
        pass


def _fill(values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    return {"length": len(b"x" * values["bytes"])}, ()


def _crash(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}, ()


def _killed(values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    """Kill this process, as the system might, in the first `times` attempts."""
    with Path(values["log"]).open("ab") as log:
        log.write(b".")
    done = Path(values["log"]).stat().st_size
    if done <= values["times"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"done": done}, ()


def _raise(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    raise ZeroDivisionError


def _talk(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    os.write(0, b"\0\0\0\1[")
    return {}, ()


def _leave(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    os._exit(3)


def _wait(values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Result:
    Path(values["here"]).write_text(str(os.getpid()))
    while not Path(values["until"]).exists():
        time.sleep(0.01)
    return {}, ()


JOBS = {
    "echo": _echo,
    "environment": _environment,
    "compute": _compute,
    "fill": _fill,
    "crash": _crash,
    "killed": _killed,
    "raise": _raise,
    "talk": _talk,
    "leave": _leave,
    "wait": _wait,
}
