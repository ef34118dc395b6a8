"""What one process counts for Prometheus, in a file that others read."""

import os
import struct
from contextlib import suppress
from pathlib import Path

_HEAD = struct.Struct("i4x")  # how many bytes are used
_VALUES = struct.Struct("dd")  # value, time


class CountsFile:
    """A file in the format of prometheus_client's MmapedDict, written instead of mapped.

    Where the disk is full, read-only or broken, writing to a mapped page ends the process with
    SIGBUS; a write raises OSError, and the next one that succeeds writes the whole count.
    """

    def __init__(self, filename: str) -> None:
        """Begin the file. Raises OSError."""
        self._used = _HEAD.size
        self._places: dict[str, int] = {}
        new = Path(f"{filename}.new")  # readers see no file without its head
        self._file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._write(_HEAD.pack(self._used), 0)
            new.replace(filename)
        except OSError:
            self.close()
            with suppress(OSError):
                new.unlink()
            raise

    def read_value(self, key: str) -> tuple[float, float]:
        """Return the value of a key and its time. Raises OSError."""
        value, time = _VALUES.unpack(os.pread(self._file, _VALUES.size, self._place(key)))
        return value, time

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Store the value of a key. Raises OSError."""
        self._write(_VALUES.pack(value, timestamp), self._place(key))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _place(self, key: str) -> int:
        if key not in self._places:
            name = key.encode()
            padding = b" " * (8 - (len(name) + 4) % 8)
            entry = struct.pack("i", len(name)) + name + padding + _VALUES.pack(0, 0)
            self._write(entry, self._used)
            self._write(_HEAD.pack(self._used + len(entry)), 0)
            self._used += len(entry)
            self._places[key] = self._used - _VALUES.size
        return self._places[key]

    def _write(self, content: bytes, place: int) -> None:
        if os.pwrite(self._file, content, place) != len(content):
            raise OSError("the disk took only a part")
