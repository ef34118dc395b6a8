"""Socket activation: systemd listens for this program, and goes on while it starts again."""

import os
import socket

#: Where systemd hands over the first socket (sd_listen_fds(3)).
FIRST = 3


class Unusable(Exception):
    """What systemd handed over cannot be served. The message says why and the way out."""


def is_activated() -> bool:
    """Return whether systemd listens for this process.

    Raises Unusable where there are several sockets, or one that takes no TCP connections.
    """
    return inherited() is not None


def inherited() -> socket.socket | None:
    """Return the socket that systemd listens on, where it does. Raises Unusable."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = os.environ.get("LISTEN_FDS", "")
    if count != "1":
        raise Unusable(f"systemd hands over {count or 'no'} sockets. Name one in ListenStream=.")
    try:
        own = socket.socket(fileno=os.dup(FIRST))
        is_listening = own.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise Unusable(f"systemd's socket cannot be used ({error.strerror}).") from error
    if own.family not in {socket.AF_INET, socket.AF_INET6} or not is_listening:
        raise Unusable("systemd's socket takes no TCP connections. Say ListenStream=ADDRESS:PORT.")
    return own
