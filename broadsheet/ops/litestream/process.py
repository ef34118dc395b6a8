"""Litestream's process, beside those that answer."""

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
    """Run Litestream until SIGTERM, upon which it sends the rest. One does so for each site."""
    settings.RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(settings.RUN / "replica.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # it is Litestream's too, and ends with the last who has it
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def follow() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [program.program(), "replicate", "-no-expand-env", "-config", program.configured()],
        env=program.environment(),
        cwd=settings.RUN,
        stdin=subprocess.DEVNULL,
        pass_fds=[lock],
        preexec_fn=follow,  # noqa: PLW1509 - one call of the kernel's, which takes no lock
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    process.wait()
