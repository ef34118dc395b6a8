"""A glance at SQLite's shared memory, which says whether anybody has committed.

In WAL mode a commit becomes visible by a new header in the file beside the database whose name ends
in `-shm`; every reader compares that header first. It is documented in
https://sqlite.org/walformat.html#the_wal_index_file_format: two equal copies of 48 bytes, with a
counter of transactions and a checksum.
"""

import mmap
import os
import struct
from pathlib import Path

_COPY = 48
_READ = mmap.ACCESS_READ
_VERSION = 3_007_000  # of the format; it has had no other

# A process that closes any descriptor of a file loses all its locks on the file, SQLite's among
# them (fcntl(2)). So what was opened here stays open, and is opened once.
_opened: dict[tuple[int, int], mmap.mmap] = {}


class Glance:
    """Reads the header. Raises OSError or ValueError where there is none that is understood.

    A connection to the database must be open all the while, or SQLite removes the file.
    """

    __slots__ = ("_map",)

    def __init__(self, database: Path) -> None:
        path = Path(f"{database}-shm")
        found = path.stat()
        identity = found.st_dev, found.st_ino
        if identity not in _opened:
            _opened[identity] = mmap.mmap(os.open(path, os.O_RDONLY), 2 * _COPY, access=_READ)
        self._map = _opened[identity]
        first, second = self._map[:_COPY], self._map[_COPY:]
        if first != second or struct.unpack_from("=I", first)[0] != _VERSION:
            raise ValueError("not a header that is understood")

    def header(self) -> bytes:
        """Return the header as it is now. It is another one after each commit."""
        return self._map[:_COPY]
