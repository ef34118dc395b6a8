"""What the page cache counts, where other processes can read it."""

import logging
import mmap
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

#: What is counted, in the order in which it stands in a file: a name, and what it says.
COUNTED = {
    "hits": "Cache hits",
    "not_modified": "Cache hits answered with 304",
    "misses": "Cacheable responses rendered by Django (misses)",
    "kept": "Responses stored in the cache",
    "passed": "Requests passed to Django that are not cacheable",
    "looks": "Queries of the change log",
    "dropped": "Pages dropped because one of their cache tags changed",
    "evicted": "Pages evicted because the cache was full",
    "unproven": "Requests for which the database could not validate cached pages",
    "flooded": "Requests rejected with 429 because the IP address exceeded its CPU limit",
    "crowded": "Requests rejected with 503 because of overload",
    "replicated": "Responses rendered from the replica",
    "pages": "Pages in the cache",
    "bytes": "Approximate size of the cached pages, in bytes",
}
HITS, NOT_MODIFIED, MISSES, KEPT, PASSED, LOOKS, DROPPED, EVICTED, UNPROVEN = range(9)
FLOODED, CROWDED, REPLICATED, PAGES, BYTES = range(9, len(COUNTED))
_WIDTH = 8


def file_of(folder: Path, process: int) -> Path:
    """Return where a process of this machine counts. Several machines may share the folder."""
    return folder / f"{platform.node()}.{process}"


def of_this_process(folder: Path) -> memoryview:
    """Return this process's counts, one signed 64-bit number each, shared through a file.

    Where the disk takes none they are this process's alone: to count is no reason not to answer.
    """
    size = _WIDTH * len(COUNTED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_of(folder, os.getpid()).open("w+b") as file:
            # A hole in a mapped file gets its place when it is written to: a full disk answers
            # that with SIGBUS.
            os.posix_fallocate(file.fileno(), 0, size)
            shared = mmap.mmap(file.fileno(), size)
    except OSError as error:
        logger.warning("The page cache's metrics cannot be written: %s", error)
        shared = mmap.mmap(-1, size)
    return memoryview(shared).cast("q")


def of_all_processes(folder: Path) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield the number and the counts of each process of this machine that is alive."""
    for file in sorted(folder.glob(f"{platform.node()}.*")):
        process = file.suffix[1:]
        if not Path("/proc", process).exists() and Path("/proc").exists():
            with suppress(OSError):  # a disk that takes no writes
                file.unlink()  # it ended without a word
            continue
        counts = file.read_bytes()
        if len(counts) == _WIDTH * len(COUNTED):  # not one that is only just begun
            yield int(process), dict(zip(COUNTED, memoryview(counts).cast("q"), strict=True))
