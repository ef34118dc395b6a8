"""Message protocol between the pool and its workers: JSON and bytes, which execute no code."""

import json
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

#: Maximum size of a message's JSON and of its blobs together, in bytes; maximum number of blobs.
MAX_JSON_BYTES, MAX_BLOB_BYTES, MAX_BLOBS = 32_000_000, 600_000_000, 16
_HEAD = struct.Struct("!I")


class ProtocolError(ValueError):
    """The received data is not a valid message."""


class Message(NamedTuple):
    """JSON values, and blobs of bytes."""

    values: dict[str, Any]
    blobs: list[bytes]


class Connection:
    """One end of a connection. Raises TimeoutError after `deadline` (time.monotonic), if set."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self.deadline: float | None = None

    def send(self, values: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send a message. Raises OSError."""
        head = json.dumps({"values": dict(values), "sizes": [len(b) for b in blobs]}).encode()
        for part in (_HEAD.pack(len(head)), head, *blobs):
            self._set_timeout()
            self._socket.sendall(part)

    def receive(self) -> Message | None:
        """Return the next message, None at the end. Raises ProtocolError and OSError."""
        start = self._read(_HEAD.size)
        if start is None:
            return None
        length: int = _HEAD.unpack(start)[0]
        if length > MAX_JSON_BYTES:
            raise ProtocolError("The message is too long.")
        try:
            head = json.loads(self._read(length) or b"")
            values, sizes = head["values"], head["sizes"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ProtocolError("The message is not JSON.") from error
        if not isinstance(values, dict) or not _are_sizes(sizes):
            raise ProtocolError("The message has an unexpected format.")
        blobs = [self._read(size) for size in sizes]
        if None in blobs:
            raise ProtocolError("The message is truncated.")
        return Message(values, [bytes(blob or b"") for blob in blobs])

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _read(self, count: int) -> bytearray | None:
        data = bytearray(count)
        view, received = memoryview(data), 0
        while received < count:
            self._set_timeout()
            size = self._socket.recv_into(view[received:])
            if not size:
                return None
            received += size
        return data

    def _set_timeout(self) -> None:
        if self.deadline is not None:
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            self._socket.settimeout(remaining)


def _are_sizes(sizes: Any) -> bool:
    return (
        isinstance(sizes, list)
        and len(sizes) <= MAX_BLOBS
        and all(type(size) is int and size >= 0 for size in sizes)
        and sum(sizes) <= MAX_BLOB_BYTES
    )
