"""HTTP client with persistent connections and pipelining."""

import socket
from collections.abc import Iterable
from typing import NamedTuple

PATIENCE = 300  # seconds until a killed process is replaced
#: Errors of a request whose process is killed.
BROKEN = (OSError,)

type Headers = dict[str, str]


class Reply(NamedTuple):
    """A response; the names of its headers are in lower case."""

    status: int
    headers: Headers
    body: bytes


class Request(NamedTuple):
    """A request."""

    method: str
    path: str
    headers: Headers
    body: bytes = b""

    def encode(self, host: str) -> bytes:
        """Return the bytes of the request."""
        headers = {"Host": host, **self.headers}
        if self.body or self.method not in {"GET", "HEAD"}:
            headers["Content-Length"] = str(len(self.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


class Connection:
    """A connection, and the process at its other end. Raises the errors in `BROKEN`."""

    def __init__(self, port: int, host: str = "", machine: str = "127.0.0.1") -> None:
        """Connect to a port of a machine; `host` is the Host header."""
        self.port = port
        self._host = host or f"{machine}:{port}"
        self._socket = socket.create_connection((machine, port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._incoming = self._socket.makefile("rb", 65_536)
        self.local_port: int = self._socket.getsockname()[1]
        self.pid = 0

    def send(self, requests: Iterable[Request]) -> None:
        """Send all requests at once; `receive` returns the responses in the same order."""
        self._socket.sendall(b"".join(request.encode(self._host) for request in requests))

    def receive(self, request: Request) -> Reply:
        """Wait for the response to the oldest request without one."""
        status = int(self._line().split(maxsplit=2)[1])
        headers: Headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if request.method == "HEAD" or status in {204, 304}:
            return Reply(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Reply(status, headers, b"".join(iter(self._chunk, b"")))
        return Reply(status, headers, self._bytes(int(headers["content-length"])))

    def send_and_receive(self, request: Request) -> Reply:
        """Send a request and wait for the response."""
        self.send([request])
        return self.receive(request)

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()

    def _line(self) -> str:
        line = self._incoming.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the server closed the connection")
        return line.decode("latin-1").rstrip("\r\n")

    def _bytes(self, length: int) -> bytes:
        data: bytes = self._incoming.read(length)
        if len(data) < length:
            raise ConnectionResetError("the server closed the connection")
        return data

    def _chunk(self) -> bytes:
        chunk = self._bytes(int(self._line(), 16))
        self._line()
        return chunk
