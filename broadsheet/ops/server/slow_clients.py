"""Hanging up on who was answered 408 and goes on sending, or goes on keeping silent.

The thread that reads a body waits until the connection is closed. Granian has no way to close it
and names no connection, so it is known by what the kernel says of it (tcp(7), TCP_INFO): what was
sent over it last was a 408, at that time.
"""

import os
import socket
import struct
import time
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress

from broadsheet.pagecache.pages import Answer

#: Seconds by which the kernel's and our own idea of when an answer was sent may differ.
NEAR = 0.06
#: Seconds of silence after which a connection counts over which more than the 408 was sent before.
SILENCE = 5.0
#: struct tcp_info: milliseconds since the last data was sent, bytes sent, and sent again.
_INFO = struct.Struct("=44xI152xQQ")
_DATE = "Thu, 01 Jan 1970 00:00:00 GMT"


def length_of(answer: Answer) -> int:
    """Return the bytes of an answer as Granian sends it."""
    headers = [*answer.headers, ("server", "granian"), ("date", _DATE)]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return len(f"HTTP/1.1 {answer.status}\r\n{head}\r\n") + sum(map(len, answer.body))


def hang_up(times: Sequence[float], length: int) -> None:
    """Close the connections that were answered at these times (time.monotonic), in `length` bytes.

    Does nothing where the system is not Linux.
    """
    times = sorted(times)
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - of 30,000, only the names
            with suppress(OSError):
                _hang_up(int(name), times, length)


def _hang_up(descriptor: int, times: Sequence[float], length: int) -> None:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)
    try:
        if _is_meant(connection, times, length):
            with connection.dup() as same:  # which stays the same when the number is given away
                if _is_meant(same, times, length):
                    same.shutdown(socket.SHUT_RDWR)
    finally:
        connection.detach()


def _is_meant(connection: socket.socket, times: Sequence[float], length: int) -> bool:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    if len(info) < _INFO.size:
        return False
    silent, sent, again = _INFO.unpack(info)
    at = time.monotonic() - silent / 1_000
    place = bisect_left(times, at - NEAR)
    is_then = place < len(times) and times[place] <= at + NEAR
    return is_then and (sent - again == length or silent / 1_000 > SILENCE)
