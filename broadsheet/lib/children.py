"""Processes that end with the one that started them."""

import ctypes
import signal
import sys

_SET_SIGNAL_OF_PARENTS_DEATH = 1  # prctl(2)


def end_with_parent() -> None:
    """Let the kernel end this process with its parent, kill -9 of which it would survive.

    For subprocess' `preexec_fn`; where there is no Linux it does nothing.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_SIGNAL_OF_PARENTS_DEATH, signal.SIGKILL)
