"""Choosing the port that the server listens on."""

import errno
import socket

MAX_TRIES = 100


class PortUnavailableError(Exception):
    """The server cannot listen there. The message names the reason and a solution."""


def is_free(host: str, port: int) -> bool:
    """Return whether `port` of `host` is free. Raises PortUnavailableError for an unusable host.

    The server shares its port between processes, so it would not notice one that is taken.
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
        raise PortUnavailableError(
            f"cannot listen on {host}, port {port} ({reason}). Use another address or port, "
            "for example: HOST=127.0.0.1 PORT=8001"
        ) from error
    return True


def choose(host: str, port: int, *, is_explicit: bool) -> int:
    """Return `port` if it is free; otherwise, unless the user set it explicitly, the next free one.

    Raises PortUnavailableError.
    """
    if is_free(host, port):
        return port
    if is_explicit:
        raise PortUnavailableError(
            f"port {port} is used by another program. Stop it or use another port, for "
            f"example: PORT={port % 65535 + 1}"
        )
    for other in range(port + 1, port + MAX_TRIES):
        if is_free(host, other):
            return other
    raise PortUnavailableError(
        f"all ports from {port} to {port + MAX_TRIES - 1} are in use. Set PORT to a free one."
    )
