"""Messages between a process and its children: JSON and bytes, which run nothing when read."""

import json
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

#: Bytes that the JSON of a message may have, and all that follows it; how many pieces that is.
MOST_JSON, MOST_BYTES, MOST_BLOBS = 32_000_000, 600_000_000, 16
_HEAD = struct.Struct("!I")


class FrameError(ValueError):
    """What came is no message."""


class Message(NamedTuple):
    """Values that JSON can carry, and bytes."""

    values: dict[str, Any]
    blobs: list[bytes]


class Line:
    """One end of a connection. Raises TimeoutError past `deadline` (time.monotonic), if any."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self.deadline: float | None = None

    def send(self, values: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send a message. Raises OSError."""
        head = json.dumps({"values": dict(values), "sizes": [len(b) for b in blobs]}).encode()
        for part in (_HEAD.pack(len(head)), head, *blobs):
            self._settle()
            self._socket.sendall(part)

    def receive(self) -> Message | None:
        """Return the next message, None at the end. Raises FrameError and OSError."""
        start = self._read(_HEAD.size)
        if start is None:
            return None
        length: int = _HEAD.unpack(start)[0]
        if length > MOST_JSON:
            raise FrameError("The message is too long.")
        try:
            head = json.loads(self._read(length) or b"")
            values, sizes = head["values"], head["sizes"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise FrameError("The message is no JSON.") from error
        if not isinstance(values, dict) or not _are_sizes(sizes):
            raise FrameError("The message has another form.")
        blobs = [self._read(size) for size in sizes]
        if None in blobs:
            raise FrameError("The message is cut short.")
        return Message(values, [bytes(blob or b"") for blob in blobs])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, count: int) -> bytearray | None:
        data = bytearray(count)
        view, have = memoryview(data), 0
        while have < count:
            self._settle()
            got = self._socket.recv_into(view[have:])
            if not got:
                return None
            have += got
        return data

    def _settle(self) -> None:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)


def _are_sizes(sizes: Any) -> bool:
    return (
        isinstance(sizes, list)
        and len(sizes) <= MOST_BLOBS
        and all(type(size) is int and size >= 0 for size in sizes)
        and sum(sizes) <= MOST_BYTES
    )
