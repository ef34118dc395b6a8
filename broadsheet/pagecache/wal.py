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
_VERSION = 3_007_000  # of the format; it has had no other

# A process that closes any descriptor of a file loses all its locks on the file, SQLite's among
# them (fcntl(2)). So what was opened here stays open.
_opened: list[tuple[int, mmap.mmap]] = []


class Glance:
    """Reads the header. Raises OSError or ValueError where there is none that is understood.

    A connection to the database must be open all the while, or SQLite removes the file.
    """

    __slots__ = ("_map",)

    def __init__(self, database: Path) -> None:
        file = os.open(f"{database}-shm", os.O_RDONLY)
        self._map = mmap.mmap(file, 2 * _COPY, access=mmap.ACCESS_READ)
        _opened.append((file, self._map))
        first, second = self._map[:_COPY], self._map[_COPY:]
        if first != second or struct.unpack_from("=I", first)[0] != _VERSION:
            raise ValueError("not a header that is understood")

    def header(self) -> bytes:
        """Return the header as it is now. It is another one after each commit."""
        return self._map[:_COPY]
