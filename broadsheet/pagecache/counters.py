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
    "hits": "Answers given without Django",
    "not_modified": "Answers among the hits that were a 304",
    "misses": "Answers that Django made and that may be kept",
    "kept": "Answers that were kept",
    "passed": "Requests that went on to Django and may not be kept",
    "looks": "Looks at the log of changes",
    "dropped": "Pages dropped because something that they were made from had changed",
    "evicted": "Pages dropped to make room",
    "unproven": "Requests for which the database could not say whether pages still hold",
    "flooded": "Requests refused with 429, of addresses that had used up their share",
    "crowded": "Requests refused with 503, while more was asked for than could be made",
    "replicated": "Answers that were made from the replica",
    "pages": "Pages held",
    "bytes": "Bytes that the pages held take, about",
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
        logger.warning("The page cache counts for nobody to see: %s", error)
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
