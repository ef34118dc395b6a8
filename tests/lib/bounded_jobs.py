"""Jobs for child processes, as test_bounded has them done: good ones and bad ones."""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

type Answer = tuple[Mapping[str, Any], Sequence[bytes]]


def _echo(values: Mapping[str, Any], blobs: Sequence[bytes]) -> Answer:
    return {**values, "pid": os.getpid(), "nice": os.getpriority(os.PRIO_PROCESS, 0)}, blobs


def _environment(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    return dict(os.environ), ()


def _compute(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    while True:
        pass


def _fill(values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    return {"length": len(b"x" * values["bytes"])}, ()


def _crash(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}, ()


def _raise(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    raise ZeroDivisionError


def _talk(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    os.write(0, b"\0\0\0\1[")
    return {}, ()


def _leave(_values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
    os._exit(3)


def _wait(values: Mapping[str, Any], _blobs: Sequence[bytes]) -> Answer:
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
    "raise": _raise,
    "talk": _talk,
    "leave": _leave,
    "wait": _wait,
}
