"""The socket that takes connections, for all processes of the server."""

import socket
from typing import Any

from granian._granian import SocketHolder
from granian.server.mp import MPServer

#: How many connections may wait to be taken, for example while the program starts again.
BACKLOG = 4_096


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections there. Raises OSError."""
    family, kind, proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    own = socket.socket(family, kind, proto)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind(address)
    own.listen(BACKLOG)
    return own


class Server(MPServer):
    """Granian, whose processes all take connections from one socket, where there is one already.

    By itself it lets each listen anew, and what waits for one that ends is lost with it. Only
    processes that are forked have the socket.
    """

    listener: socket.socket | None = None

    def _init_shared_socket(self) -> None:
        if self.listener is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        self.listener.settimeout(0)
        self.listener.set_inheritable(True)
        state = self.listener.fileno(), False, BACKLOG  # that it is none of Unix
        holder: Any = SocketHolder(*state)  # type: ignore[call-arg] # as it unpickles itself
        self._shd, self._sso, self._ssp = holder, self.listener, None
