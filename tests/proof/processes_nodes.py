"""Servers of several processes, and a connection to each process of them."""

import http.client
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.ops.processes import Server, free_port

PATIENCE = 60  # seconds until a process that was killed has a successor
FRONT = 4  # connections to nginx
#: What happens to a request whose process is killed.
BROKEN = (http.client.HTTPException, OSError)

type Headers = dict[str, str]


class Reply(NamedTuple):
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Headers
    body: bytes


class Connection:
    """A connection that is kept open, and the process that answers on it."""

    def __init__(self, port: int, host: str = "") -> None:
        self.port = port
        self._host = {"Host": host} if host else {}
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._http.auto_open = 0  # whoever answered the next time might be another process
        self.local_port = self.pid = 0

    def open(self) -> None:
        """Connect."""
        self._http.connect()
        self.local_port = self._http.sock.getsockname()[1]

    def send(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> None:
        """Ask; nothing else may be asked until `receive`."""
        self._http.request(method, path, body, self._host | (headers or {}))

    def receive(self) -> Reply:
        """Wait for the answer."""
        answer = self._http.getresponse()
        body = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close or self._http.sock is None:
            raise ConnectionResetError("the server ended the connection")
        return Reply(answer.status, headers, body)

    def ask(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> Reply:
        """Ask and wait for the answer."""
        self.send(method, path, headers, body)
        return self.receive()

    def close(self) -> None:
        self._http.close()


@dataclass
class Node:
    """A server of `count` processes that answer."""

    server: Server
    count: int
    front: int = 0  # the port of the nginx before it, if there is one
    born: dict[int, float] = field(default_factory=dict)
    killed: int = 0

    @classmethod
    def start(cls, data: Path, count: int, **settings: str) -> "Node":
        """Start `broadsheet serve`."""
        port = free_port()
        said = {"PORT": str(port), "BROADSHEET_PROCESSES": str(count), **settings}
        return cls(Server.start(data, ["broadsheet", "serve"], port, **said), count)

    def connect(self) -> list[Connection]:
        """Return a connection to each process. The kernel deals them out, so many are tried."""
        found: dict[int, Connection] = {}
        rest: list[Connection] = []
        end = time.monotonic() + PATIENCE
        while len(found) < self.count:
            assert time.monotonic() < end, f"{len(found)} of {self.count} processes answer"
            connection = Connection(self.server.port, self._host)
            rest.append(connection)
            try:
                connection.open()
                connection.ask("GET", "/robots.txt")
            except BROKEN:
                time.sleep(0.02)
                continue
            connection.pid = self._pid(connection)
            if connection.pid:
                self.born.setdefault(connection.pid, time.monotonic() if self.killed else 0)
                found[connection.pid] = connection
            found = {pid: kept for pid, kept in found.items() if Path(f"/proc/{pid}/fd").exists()}
        for connection in rest:
            if connection not in found.values():
                connection.close()
        return [*found.values(), *self._connect_to_front()]

    @property
    def _host(self) -> str:
        return f"127.0.0.1:{self.front}" if self.front else ""

    def _connect_to_front(self) -> list[Connection]:
        """Return connections enough for what is read to become a file."""
        connections = [Connection(self.front) for _ in range(FRONT if self.front else 0)]
        for connection in connections:
            connection.open()
        return connections

    def _pid(self, connection: Connection) -> int:
        """Return the process at the other end, or 0 if it is gone."""
        socket = f"socket:[{_inode(self.server.port, connection.local_port)}]"
        for pid in _children(self.server.process.pid):
            for file in _listed(Path(f"/proc/{pid}/fd")):
                try:
                    if str(file.readlink()) == socket:
                        return pid
                except OSError:
                    continue
        return 0

    def kill_one(self, number: int) -> int:
        """Kill one of the processes, unless that is too soon; return which, or 0.

        Granian takes a successor that dies within 5.5 seconds for one that cannot live, and ends.
        """
        now = time.monotonic()
        alive = [pid for pid, at in self.born.items() if Path(f"/proc/{pid}/fd").exists()]
        old = [pid for pid in alive if now - self.born[pid] > 6]
        if not old:
            return 0
        pid = old[number % len(old)]
        os.kill(pid, signal.SIGKILL)
        del self.born[pid]
        self.killed += 1
        return pid


def _inode(server_port: int, client_port: int) -> str:
    """Return the number of the server's socket of a connection (see proc(5))."""
    ends = f":{server_port:04X}", f":{client_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _slot, local, remote, _state, *more = line.split()
        if local.endswith(ends[0]) and remote.endswith(ends[1]):
            return more[5]
    return ""


def _children(pid: int) -> Iterator[int]:
    for task in _listed(Path(f"/proc/{pid}/task")):
        yield from map(int, (task / "children").read_text().split())


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
