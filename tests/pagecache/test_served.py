"""The page cache in `broadsheet serve`, with the raw and hostile requests of anonymous clients."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.ops.processes import PATIENCE, Server, free_port, set_up

END = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a site without posts."""
    if sys.platform != "linux":
        pytest.skip("needs Linux's /proc to end what a server started")
    data = tmp_path_factory.mktemp("served") / "data"
    set_up(data)
    port = free_port()
    started = Server.start(data, ["broadsheet", "serve", "--port", str(port)], port)
    yield started
    started.kill()


def send(server: Server, request: bytes) -> tuple[int, bytes, bytes]:
    """Send bytes; return the status, headers and body of the response."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        received = b""
        with suppress(ConnectionError):  # the server hangs up on requests that are too long
            connection.sendall(request)
        with suppress(ConnectionError):
            while chunk := connection.recv(65_536):
                received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head.lower(), body


def host(server: Server) -> bytes:
    return b"Host: 127.0.0.1:%d\r\n" % server.port


def get(server: Server, target: bytes = b"/", more: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + host(server) + more + END


def test_get_head_and_304_are_consistent(server: Server) -> None:
    for _ in range(2):
        status, head, body = send(server, get(server))
        assert status == 200
        assert b"content-length: %d\r\n" % len(body) in head
        assert b"surrogate-key" not in head
        status, head_headers, empty = send(server, get(server, method=b"HEAD"))
        assert (status, empty) == (200, b"")
        assert b"content-length: %d\r\n" % len(body) in head_headers
    etag = re.search(rb"etag: (.+?)\r", head)
    assert etag is not None
    status, head, body = send(server, get(server, more=b"If-None-Match: " + etag[1] + b"\r\n"))
    assert (status, body) == (304, b"")


@pytest.mark.server("curl")
@pytest.mark.parametrize("protocol", ["--http1.0", "--http1.1", "--http2-prior-knowledge"])
def test_curl_accepts_the_response_to_head(server: Server, protocol: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl, an independent client")
    result = subprocess.run(
        ["curl", "-sSI", "--max-time", "60", protocol, f"http://127.0.0.1:{server.port}/"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert re.match(r"HTTP/\S+ 200", result.stdout)
    assert re.search(r"(?i)content-length: [1-9]", result.stdout)


LONG = b"a" * 64_000
REQUESTS = {
    "a URL with a null byte": (b"GET /%00 HTTP/1.1\r\n{host}", {400, 404}),
    "a raw null byte": (b"GET /\0 HTTP/1.1\r\n{host}", {400}),
    "an invalid percent-encoding": (b"GET /%zz HTTP/1.1\r\n{host}", {400, 404}),
    "bytes that are not UTF-8": (b"GET /%ff%fe HTTP/1.1\r\n{host}", {400, 404}),
    "a question mark in the path": (b"GET /%3Fafter=x HTTP/1.1\r\n{host}", {404}),
    "an asterisk instead of a path": (b"GET * HTTP/1.1\r\n{host}", {400, 404}),
    "a path outside the root": (b"GET /../../etc/passwd HTTP/1.1\r\n{host}", {400, 404}),
    "64 KB of path": (b"GET /" + LONG + b" HTTP/1.1\r\n{host}", {400, 404, 414, 431}),
    "64 KB of query": (b"GET /?a=" + LONG + b" HTTP/1.1\r\n{host}", {200, 414, 431}),
    "64 KB of header": (b"GET / HTTP/1.1\r\nX: " + LONG + b"\r\n{host}", {200, 431}),
    "a megabyte of header": (b"GET / HTTP/1.1\r\nX: " + LONG * 16 + b"\r\n{host}", {431}),
    "two thousand headers": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 2_000 + b"{host}", {431}),
    "64 KB of ETags": (
        b"GET / HTTP/1.1\r\nIf-None-Match: " + b'"a",' * 16_000 + b"\r\n{host}",
        {200, 431},
    ),
    "no host": (b"GET / HTTP/1.1\r\n", {400}),
    "another host": (b"GET / HTTP/1.1\r\nHost: evil.example\r\n", {400}),
    "a host with a slash": (b"GET / HTTP/1.1\r\nHost: a/b\r\n", {400}),
    "two hosts": (b"GET / HTTP/1.1\r\n{host}Host: evil.example\r\n", {400}),
    "an absolute URL of another host": (b"GET http://evil.example/ HTTP/1.1\r\n{host}", {200, 400}),
    "an absolute URL of the site with another host": (
        b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\n",
        {400},
    ),
    "a body": (b"GET / HTTP/1.1\r\nContent-Length: 5\r\n{host}", {200, 400}),
    "forwarded headers of the client": (
        b"GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n{host}",
        {200},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_hostile_requests_get_a_response_and_change_no_page(server: Server, name: str) -> None:
    before = send(server, get(server))[2]
    request, statuses = REQUESTS[name]
    after = b"hello" if name == "a body" else b""
    for _ in range(2):
        status, _head, body = send(server, request.replace(b"{host}", host(server)) + END + after)
        assert status in statuses
        assert b"evil.example" not in body
    assert send(server, get(server))[2] == before
    assert "Traceback" not in server.output
