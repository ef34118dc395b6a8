"""Clients that begin to send and go no further, against the server that people run."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from broadsheet.pagecache.request_bodies import MAX_BODIES
from tests.ops.processes import PATIENCE, Server, fetch

type Start = Callable[..., Server]

SILENT = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nuser"


def _post(port: int) -> bytes:
    """Return the beginning of the answer to a form that is sent whole."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        line.sendall(SILENT.replace(b"100000", b"4").replace(b"Host", b"Connection: close\r\nHost"))
        return line.recv(15)


@pytest.mark.slow
def test_more_silent_clients_than_there_is_room_for_keep_nobody_out(start: Start) -> None:
    server = start("broadsheet", "serve", "--port", "{port}")
    before = _post(server.port)
    assert before in {b"HTTP/1.1 403 For", b"HTTP/1.1 403 Fo"}, "Django's, for want of a token"
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
            for _ in range(MAX_BODIES)
        ]
        for line in lines:
            line.sendall(SILENT)
        assert fetch(server.port)[0] == 200
        more = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
        more.sendall(SILENT)
        assert _post(server.port) == before
        assert fetch(server.port)[0] == 200
        # They are answered when their time is over, and the lines are closed.
        for line in lines:
            answer = line.recv(4_096)
            assert answer.startswith(b"HTTP/1.1 408"), answer
            while answer:
                answer = line.recv(4_096)
    assert "Traceback" not in server.output
