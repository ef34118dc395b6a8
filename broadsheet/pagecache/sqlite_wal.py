"""Header of SQLite's WAL index: tells without a lock or system call whether anyone has committed.

In WAL mode a commit becomes visible through a new header in the shared-memory file (`-shm`) next to
the database; every reader compares that header first. Its format is documented in
https://sqlite.org/walformat.html#the_wal_index_file_format: two equal copies of 48 bytes, with a
transaction counter and a checksum.
"""

import mmap
import os
import struct
from pathlib import Path

_COPY_LENGTH = 48
_FORMAT_VERSION = 3_007_000  # the only one so far

# A process that closes any descriptor of a file loses all its locks on that file, including those
# of SQLite (fcntl(2)). So each file is opened once and never closed.
_maps: dict[tuple[int, int], mmap.mmap] = {}


class WalIndexHeader:
    """Reads the header. Raises OSError or ValueError if there is none in the known format.

    A connection to the database must stay open meanwhile, or SQLite deletes the file.
    """

    __slots__ = ("_map",)

    def __init__(self, database: Path) -> None:
        path = Path(f"{database}-shm")
        status = path.stat()
        inode = status.st_dev, status.st_ino
        if inode not in _maps:
            _maps[inode] = mmap.mmap(
                os.open(path, os.O_RDONLY), 2 * _COPY_LENGTH, access=mmap.ACCESS_READ
            )
        self._map = _maps[inode]
        first, second = self._map[:_COPY_LENGTH], self._map[_COPY_LENGTH:]
        if first != second or struct.unpack_from("=I", first)[0] != _FORMAT_VERSION:
            raise ValueError("the WAL index has an unknown format")

    def read(self) -> bytes:
        """Return the current header, which is different after each commit."""
        return self._map[:_COPY_LENGTH]
