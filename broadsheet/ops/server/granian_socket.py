"""The socket that takes connections, for all processes of the server, and what goes on there."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from granian._granian import SocketHolder
from granian.server import mp
from granian.server.mp import MPServer

from broadsheet.ops.server.slow_clients import hang_up, length_of
from broadsheet.pagecache.refusals import LATE
from broadsheet.pagecache.wsgi import CUT

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


def allow_cuts() -> None:
    """Let the application answer who sends too slowly, in place of the thread that reads that.

    Granian reads in the thread that answers, which goes on until the connection is closed; what it
    answers then goes nowhere.
    """
    make: Callable[..., Any] = mp._wsgi_call_wrap  # type: ignore[attr-defined] # noqa: SLF001 - it has no public name

    def with_cuts(*arguments: Any) -> Callable[[Any, dict[str, Any]], Any]:
        run = make(*arguments)

        def call(proto: Any, scope: dict[str, Any]) -> Any:
            if "CONTENT_LENGTH" in scope:
                scope[CUT] = partial(_answer_late, proto)
            return run(proto, scope)

        return call

    mp._wsgi_call_wrap = with_cuts  # type: ignore[assignment, attr-defined] # noqa: SLF001


def _answer_late(proto: Any) -> None:
    proto.response_bytes(int(LATE.status[:3]), _late.headers, b"".join(_late.body))


_late = LATE._replace(headers=[*LATE.headers, ("Connection", "close")])
hang_up_late = partial(hang_up, length=length_of(_late))
