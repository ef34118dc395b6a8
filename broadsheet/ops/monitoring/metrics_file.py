"""The metrics of one process, in a file that the other processes read."""

import os
import struct
from contextlib import suppress
from pathlib import Path

_HEADER = struct.Struct("i4x")  # number of bytes in use
_VALUES = struct.Struct("dd")  # value, time


class MetricsFile:
    """A file in the format of prometheus_client's MmapedDict, written instead of memory-mapped.

    On a full, read-only or broken disk, writing to a mapped page kills the process with SIGBUS. A
    write raises OSError instead, and the next one that succeeds writes the complete count.
    """

    def __init__(self, filename: str) -> None:
        """Create the file. Raises OSError."""
        self._used = _HEADER.size
        self._offsets: dict[str, int] = {}
        new = Path(f"{filename}.new")  # no one must read a file without its header
        self._file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._write(_HEADER.pack(self._used), 0)
            new.replace(filename)
        except OSError:
            self.close()
            with suppress(OSError):
                new.unlink()
            raise

    def read_value(self, key: str) -> tuple[float, float]:
        """Return the value and the timestamp of a key. Raises OSError."""
        value, time = _VALUES.unpack(os.pread(self._file, _VALUES.size, self._offset(key)))
        return value, time

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Store the value of a key. Raises OSError."""
        self._write(_VALUES.pack(value, timestamp), self._offset(key))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _offset(self, key: str) -> int:
        if key not in self._offsets:
            name = key.encode()
            padding = b" " * (8 - (len(name) + 4) % 8)
            entry = struct.pack("i", len(name)) + name + padding + _VALUES.pack(0, 0)
            self._write(entry, self._used)
            self._write(_HEADER.pack(self._used + len(entry)), 0)
            self._used += len(entry)
            self._offsets[key] = self._used - _VALUES.size
        return self._offsets[key]

    def _write(self, content: bytes, offset: int) -> None:
        if os.pwrite(self._file, content, offset) != len(content):
            raise OSError("the disk took only a part")
