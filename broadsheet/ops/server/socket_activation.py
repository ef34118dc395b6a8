"""systemd socket activation: systemd keeps listening while the server restarts."""

import os
import socket

#: File descriptor of the first socket that systemd passes (sd_listen_fds(3)).
FIRST_FD = 3


class SocketActivationError(Exception):
    """systemd's socket cannot be used. The message names the reason and a solution."""


def is_activated() -> bool:
    """Return whether systemd listens for this process.

    Raises SocketActivationError for several sockets, or one that accepts no TCP connections.
    """
    return inherited_socket() is not None


def inherited_socket() -> socket.socket | None:
    """Return the socket that systemd listens on, if any. Raises SocketActivationError."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = os.environ.get("LISTEN_FDS", "")
    if count != "1":
        raise SocketActivationError(
            f"systemd passes {count or 'no'} sockets. Configure exactly one with ListenStream=."
        )
    try:
        listener = socket.socket(fileno=os.dup(FIRST_FD))
        is_listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise SocketActivationError(
            f"The socket from systemd cannot be used ({error.strerror})."
        ) from error
    if listener.family not in {socket.AF_INET, socket.AF_INET6} or not is_listening:
        raise SocketActivationError(
            "The socket from systemd does not accept TCP connections. Use "
            "ListenStream=ADDRESS:PORT."
        )
    return listener
