"""Closes the connections of clients that were answered 408 but keep sending, or stay silent.

The thread that reads a request body waits until the connection is closed. Granian cannot close it
and does not identify the connection. So it is found by the kernel's data about it (TCP_INFO, see
tcp(7)): the last response sent over it was a 408 at that time.
"""

import os
import socket
import struct
import time
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress

from broadsheet.pagecache.entries import RawResponse

#: Seconds by which the kernel's and our own time of a response may differ.
TOLERANCE = 0.06
#: Seconds of silence after which a connection matches even if more than the 408 was sent over it.
SILENCE = 5.0
#: struct tcp_info: milliseconds since data was last sent, bytes sent, and bytes retransmitted.
_INFO = struct.Struct("=44xI152xQQ")
_DATE = "Thu, 01 Jan 1970 00:00:00 GMT"


def response_length(response: RawResponse) -> int:
    """Return the number of bytes that Granian sends for a response."""
    headers = [*response.headers, ("server", "granian"), ("date", _DATE)]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return len(f"HTTP/1.1 {response.status}\r\n{head}\r\n") + sum(map(len, response.body))


def close_connections(times: Sequence[float], length: int) -> None:
    """Close the connections on which `length` bytes were sent at `times` (time.monotonic).

    Does nothing on systems other than Linux.
    """
    times = sorted(times)
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - up to 30,000; names are enough
            with suppress(OSError):
                _close_if_matching(int(name), times, length)


def _close_if_matching(descriptor: int, times: Sequence[float], length: int) -> None:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)
    try:
        if _matches(connection, times, length):
            with connection.dup() as same:  # a reused descriptor number does not change it
                if _matches(same, times, length):
                    same.shutdown(socket.SHUT_RDWR)
    finally:
        connection.detach()


def _matches(connection: socket.socket, times: Sequence[float], length: int) -> bool:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    if len(info) < _INFO.size:
        return False
    silent_ms, sent, retransmitted = _INFO.unpack(info)
    at = time.monotonic() - silent_ms / 1_000
    index = bisect_left(times, at - TOLERANCE)
    is_at_time = index < len(times) and times[index] <= at + TOLERANCE
    return is_at_time and (sent - retransmitted == length or silent_ms / 1_000 > SILENCE)
