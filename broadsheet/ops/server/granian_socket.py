"""Granian with one listening socket for all processes, and 408 for slow clients."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from granian._granian import SocketHolder
from granian.server import mp
from granian.server.mp import MPServer

from broadsheet.ops.server.timed_out_connections import close_connections, response_length
from broadsheet.pagecache.error_responses import REQUEST_TIMEOUT
from broadsheet.pagecache.wsgi import ABORT_BODY

#: Connections that may wait to be accepted, for example while the server restarts.
BACKLOG = 4_096


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError."""
    family, kind, proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


class GranianServer(MPServer):
    """Granian whose processes all accept connections from `listener`, if it is set.

    By default each process listens by itself, and connections that wait for a process that ends
    are lost. Only forked processes inherit the socket.
    """

    listener: socket.socket | None = None

    def _init_shared_socket(self) -> None:
        if self.listener is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        self.listener.settimeout(0)
        self.listener.set_inheritable(True)
        state = self.listener.fileno(), False, BACKLOG  # False: not a Unix socket
        holder: Any = SocketHolder(*state)  # type: ignore[call-arg] # as when it is unpickled
        self._shd, self._sso, self._ssp = holder, self.listener, None


def enable_request_timeouts() -> None:
    """Let the application answer a slow client while another thread still reads its body.

    Granian reads the body in the thread that answers. That thread is blocked until the connection
    is closed, and its response is then lost.
    """
    wrap: Callable[..., Any] = mp._wsgi_call_wrap  # type: ignore[attr-defined] # noqa: SLF001 - it has no public name

    def wrap_with_timeout(*arguments: Any) -> Callable[[Any, dict[str, Any]], Any]:
        run = wrap(*arguments)

        def call(proto: Any, scope: dict[str, Any]) -> Any:
            if "CONTENT_LENGTH" in scope:
                scope[ABORT_BODY] = partial(_send_timeout, proto)
            return run(proto, scope)

        return call

    mp._wsgi_call_wrap = wrap_with_timeout  # type: ignore[assignment, attr-defined] # noqa: SLF001


def _send_timeout(proto: Any) -> None:
    proto.response_bytes(int(REQUEST_TIMEOUT.status[:3]), _timeout.headers, b"".join(_timeout.body))


_timeout = REQUEST_TIMEOUT._replace(headers=[*REQUEST_TIMEOUT.headers, ("Connection", "close")])
close_slow_connections = partial(close_connections, length=response_length(_timeout))
