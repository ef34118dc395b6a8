"""Resource usage of a process, from /proc (proc(5))."""

import os
from contextlib import suppress
from pathlib import Path

#: Names of the figures: whether it is a counter, and its description.
DESCRIPTIONS = {
    "cpu_seconds": (True, "CPU time used, in seconds"),
    "resident_memory_bytes": (False, "Resident memory, in bytes"),
    "open_fds": (False, "Open file descriptors"),
    "max_fds": (False, "Maximum number of open file descriptors"),
    "threads": (False, "Threads"),
    "start_time_seconds": (False, "Start time, as a Unix time"),
}
# Indexes of the fields in /proc/PID/stat, counted after the name of the program.
_USER, _SYSTEM, _THREADS, _START, _PAGES = 11, 12, 17, 19, 21


def process_stats(pid: int) -> dict[str, float]:
    """Return the figures of the process `pid`; empty if /proc does not have it."""
    folder = Path("/proc", str(pid))
    with suppress(OSError, IndexError, ValueError):
        stat = folder.joinpath("stat").read_text().rpartition(")")[2].split()
        limits = folder.joinpath("limits").read_text()
        ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        return {
            "cpu_seconds": (int(stat[_USER]) + int(stat[_SYSTEM])) / ticks,
            "resident_memory_bytes": int(stat[_PAGES]) * page,
            "open_fds": len(os.listdir(folder / "fd")),  # noqa: PTH208 - names are enough
            "max_fds": _limit(limits),
            "threads": int(stat[_THREADS]),
            "start_time_seconds": _booted_at() + int(stat[_START]) / ticks,
        }
    return {}


def _limit(limits: str) -> float:
    [line] = [line for line in limits.splitlines() if line.startswith("Max open files")]
    soft = line.split()[3]
    return float("inf") if soft == "unlimited" else int(soft)


def _booted_at() -> int:
    [line] = [line for line in Path("/proc/stat").read_text().splitlines() if "btime" in line]
    return int(line.split()[1])
