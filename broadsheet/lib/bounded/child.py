"""The child process: `python -m broadsheet.lib.bounded.child MODULE BYTES`, a socket as stdin.

Does the jobs in MODULE.JOBS, one after another, and ends when nothing came for a while, or when
the parent hung up, however the parent ended.
"""

import ctypes
import fcntl
import gc
import math
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from broadsheet.lib.bounded.frames import Line, Message

#: Lowest priority, below the threads that answer readers.
NICE = 19
#: Seconds without a job after which a child ends, so that its memory returns; jobs after which it
#: does, so that nothing grows in it for ever.
IDLE, JOBS_EACH = 30, 500

type Job = Callable[[Mapping[str, Any], Sequence[bytes]], tuple[Mapping[str, Any], Sequence[bytes]]]


def main(name: str, memory: int) -> None:
    """Do jobs until there are none."""
    jobs: Mapping[str, Job] = import_module(name).JOBS
    _limit(memory)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _end_when_hung_up()
    line = Line(socket.socket(fileno=os.dup(0)))
    for _ in range(JOBS_EACH):
        ready, _, _ = select.select([0], [], [], IDLE)
        request = line.receive() if ready else None
        if request is None or not _answer(line, jobs, request):
            return
        del request
        _give_back()


def _answer(line: Line, jobs: Mapping[str, Job], request: Message) -> bool:
    """Do the job and say what came of it; return whether there may be another one."""
    _set(resource.RLIMIT_CPU, math.ceil(time.process_time()) + request.values["seconds"])
    begun = time.process_time()
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    answer: dict[str, Any]
    blobs: Sequence[bytes] = ()
    try:
        values, blobs = jobs[request.values["job"]](request.values["values"], request.blobs)
        answer = {"values": dict(values)}
    except MemoryError:
        answer = {"error": "memory"}
    except Exception:
        answer = {"error": traceback.format_exc()[-4_000:]}
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    line.send({**answer, "seconds": time.process_time() - begun}, blobs)
    return answer.get("error") != "memory"  # after which what is left may be anything


def _end_when_hung_up() -> None:
    """Have the kernel send SIGIO when the parent is gone, which ends this process within a job.

    It is also sent for each request that comes, so it is ignored between jobs.
    """
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)


def _limit(memory: int) -> None:
    """Limit this process to `memory` more bytes than it has now, without core dumps."""
    _set(resource.RLIMIT_CORE, 0)
    if size := _writable():
        _set(resource.RLIMIT_DATA, size + memory)


def _set(kind: int, most: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (most, hard))


def _writable() -> int:
    """Return the bytes that are this process' own: libraries, which all share, are not among them.

    That is what RLIMIT_DATA counts (since Linux 4.7); 0 where the system does not say.
    """
    with suppress(OSError):
        for row in Path("/proc/self/status").read_text().splitlines():
            if row.startswith("VmData:"):
                return int(row.split()[1]) * 1024
    return 0


def _give_back() -> None:
    """Return to the system what the job used and no longer needs, where there is glibc."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
