"""Servers of several processes, and a connection to each process of them."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.guarantees.staleness.processes_http import BROKEN, PATIENCE, Connection, Request
from tests.ops.processes import Server, free_port

FRONT = 2  # connections to nginx


@dataclass
class Node:
    """A server of `count` processes."""

    server: Server
    count: int
    front: int = 0  # port of the nginx in front of it, if there is one
    born: dict[int, float] = field(default_factory=dict)
    killed: int = 0

    @classmethod
    def start(cls, data: Path, count: int, **settings: str) -> "Node":
        """Start `broadsheet serve`."""
        port = free_port()
        variables = {"PORT": str(port), "BROADSHEET_PROCESSES": str(count), **settings}
        return cls(Server.start(data, ["broadsheet", "serve"], port, **variables), count)

    def connect(self) -> list[Connection]:
        """Return a connection to each process. The kernel chooses one, so this tries often."""
        connected: dict[int, Connection] = {}
        others: list[Connection] = []
        end = time.monotonic() + PATIENCE
        while len(connected) < self.count:
            assert time.monotonic() < end, f"{len(connected)} of {self.count} processes respond"
            try:
                connection = Connection(self.server.port, self._host, self.server.host)
                others.append(connection)
                connection.send_and_receive(Request("GET", "/robots.txt", {}))
            except BROKEN:
                time.sleep(0.02)
                continue
            connection.pid = self._pid(connection)
            if connection.pid:
                self.born.setdefault(connection.pid, time.monotonic() if self.killed else 0)
                connected[connection.pid] = connection
            connected = {
                pid: one for pid, one in connected.items() if Path(f"/proc/{pid}/fd").exists()
            }
        for connection in others:
            if connection not in connected.values():
                connection.close()
        return [*connected.values(), *self._connect_to_front()]

    @property
    def _host(self) -> str:
        return f"127.0.0.1:{self.front}" if self.front else ""

    def _connect_to_front(self) -> list[Connection]:
        """Return connections to nginx, if there is one."""
        return [Connection(self.front) for _ in range(FRONT if self.front else 0)]

    def _pid(self, connection: Connection) -> int:
        """Return the process at the other end, or 0 if it has ended."""
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
        """Kill one of the processes, unless that is too soon; return its id, or 0.

        Granian ends if a new worker dies within 5.5 seconds.
        """
        now = time.monotonic()
        alive = [pid for pid in list(self.born) if Path(f"/proc/{pid}/fd").exists()]
        old = [pid for pid in alive if now - self.born[pid] > 6]
        if not old:
            return 0
        pid = old[number % len(old)]
        os.kill(pid, signal.SIGKILL)
        del self.born[pid]
        self.killed += 1
        return pid


def _inode(server_port: int, client_port: int) -> str:
    """Return the inode of the server's socket of a connection (see proc(5))."""
    ends = f":{server_port:04X}", f":{client_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _slot, local, remote, _state, *more = line.split()
        if local.endswith(ends[0]) and remote.endswith(ends[1]):
            return more[5]
    return ""


def _children(pid: int) -> Iterator[int]:
    for task in _listed(Path(f"/proc/{pid}/task")):
        with suppress(OSError):  # a thread may have ended by now
            yield from map(int, (task / "children").read_text().split())


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
