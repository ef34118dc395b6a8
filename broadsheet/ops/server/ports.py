"""Which port a server takes."""

import errno
import socket

TRIES = 100


class Unavailable(Exception):
    """The server cannot listen there. The message says why and the way out."""


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on `port` of `host`. Raises Unavailable when none ever could.

    The server itself shares its port between processes, and so would not notice another's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        reason = error.strerror or str(error)
        raise Unavailable(
            f"cannot listen on {host}, port {port} ({reason}). "
            "Choose others, for example: HOST=127.0.0.1 PORT=8001"
        ) from error
    return True


def choose(host: str, port: int, *, is_wished: bool) -> int:
    """Return `port` where it is free, and otherwise, unless it is wished for, the next free one.

    Raises Unavailable.
    """
    if is_free(host, port):
        return port
    if is_wished:
        raise Unavailable(
            f"port {port} is taken by another program. "
            f"Stop that, or choose another port, for example: PORT={port % 65535 + 1}"
        )
    for other in range(port + 1, port + TRIES):
        if is_free(host, other):
            return other
    raise Unavailable(f"no port from {port} to {port + TRIES - 1} is free. Choose one with PORT=…")
