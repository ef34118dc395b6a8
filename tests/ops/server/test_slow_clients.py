"""Clients that stall while they send a request, with `broadsheet serve`."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from broadsheet.pagecache.request_bodies import MAX_BODIES
from tests.ops.processes import PATIENCE, Server, fetch

type Start = Callable[..., Server]

STALLED_REQUEST = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nuser"


def _post(port: int) -> bytes:
    """Return the beginning of the response to a complete form."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(
            STALLED_REQUEST.replace(b"100000", b"4").replace(b"Host", b"Connection: close\r\nHost")
        )
        return connection.recv(15)


@pytest.mark.prove
def test_too_many_stalled_clients_do_not_block_others(start: Start) -> None:
    server = start("broadsheet", "serve", "--port", "{port}")
    before = _post(server.port)
    assert before in {b"HTTP/1.1 403 For", b"HTTP/1.1 403 Fo"}, "from Django, without a CSRF token"
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
            for _ in range(MAX_BODIES)
        ]
        for connection in connections:
            connection.sendall(STALLED_REQUEST)
        assert fetch(server.port)[0] == 200
        another = stack.enter_context(
            socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        )
        another.sendall(STALLED_REQUEST)
        assert _post(server.port) == before
        assert fetch(server.port)[0] == 200
        # They get a response when their time is over, and the connections are closed.
        for connection in connections:
            response = connection.recv(4_096)
            assert response.startswith(b"HTTP/1.1 408"), response
            while response:
                response = connection.recv(4_096)
    assert "Traceback" not in server.output
