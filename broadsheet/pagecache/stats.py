"""Hit and miss counters of each process, in shared memory that other processes can read."""

import logging
import mmap
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

#: Names and descriptions of the counters, in their order in the file.
COUNTERS = {
    "hits": "Cache hits",
    "not_modified": "Cache hits answered with 304",
    "misses": "Cacheable responses rendered by Django (misses)",
    "stored": "Responses stored in the cache",
    "uncacheable": "Requests passed to Django that are not cacheable",
    "polls": "Queries of the change log",
    "dropped": "Pages dropped because one of their cache tags changed",
    "evicted": "Pages evicted because the cache was full",
    "not_validated": "Requests for which the database could not validate cached pages",
    "rate_limited": "Requests rejected with 429 because the IP address exceeded its CPU limit",
    "overloads": "Requests rejected with 503 because of overload",
    "from_replica": "Responses rendered from the replica",
    "pages": "Pages in the cache",
    "bytes": "Approximate size of the cached pages, in bytes",
}
HITS, NOT_MODIFIED, MISSES, STORED, UNCACHEABLE, POLLS, DROPPED, EVICTED, NOT_VALIDATED = range(9)
RATE_LIMITED, OVERLOADS, FROM_REPLICA, ENTRIES, BYTES = range(9, len(COUNTERS))
_WIDTH = 8


def stats_file(folder: Path, process: int) -> Path:
    """Return the file of a process of this machine. Several machines can share the folder."""
    return folder / f"{platform.node()}.{process}"


def open_stats(folder: Path) -> memoryview:
    """Return the counters of this process: signed 64-bit numbers in a file in `folder`.

    If the file cannot be written, only this process can read the counters, and pages are still
    served.
    """
    size = _WIDTH * len(COUNTERS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with stats_file(folder, os.getpid()).open("w+b") as file:
            # Without this, a hole in the mapped file is allocated at the first write, and a full
            # disk answers that with SIGBUS.
            os.posix_fallocate(file.fileno(), 0, size)
            shared = mmap.mmap(file.fileno(), size)
    except OSError as error:
        logger.warning("The page cache's metrics cannot be written: %s", error)
        shared = mmap.mmap(-1, size)
    return memoryview(shared).cast("q")


def read_all_stats(folder: Path) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield the process ID and the counters of each running process of this machine."""
    for file in sorted(folder.glob(f"{platform.node()}.*")):
        process = file.suffix[1:]
        if not Path("/proc", process).exists() and Path("/proc").exists():
            with suppress(OSError):  # the disk may be read-only
                file.unlink()  # the process was killed
            continue
        counts = file.read_bytes()
        if len(counts) == _WIDTH * len(COUNTERS):  # else it is being created
            yield int(process), dict(zip(COUNTERS, memoryview(counts).cast("q"), strict=True))
