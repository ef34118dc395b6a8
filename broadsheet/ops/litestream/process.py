"""Litestream's process, a companion of the server."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys

from django.conf import settings

from broadsheet.ops.litestream import program

_PR_SET_PDEATHSIG = 1  # prctl(2)


def replicate() -> None:
    """Run Litestream until SIGTERM, on which it uploads the rest. Only one runs per site."""
    settings.RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(settings.RUN / "replica.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # shared with Litestream; released when both have ended
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def end_with_parent() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [program.find_program(), "replicate", "-no-expand-env", "-config", program.write_config()],
        env=program.environment(),
        cwd=settings.RUN,
        stdin=subprocess.DEVNULL,
        pass_fds=[lock],
        preexec_fn=end_with_parent,  # noqa: PLW1509 - a system call, which takes no lock
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    process.wait()
