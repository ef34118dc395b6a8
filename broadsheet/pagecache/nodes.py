"""Which nodes are on the same database: each says so by a lock that ends with its connections."""

import socket
import zlib
from typing import Any, Protocol

from django.conf import settings

_CLASS = 0x62726F61  # any number that no other advisory lock of the database has
_ANNOUNCE = "SELECT pg_advisory_lock_shared(%s, %s)"
_OTHERS = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2"
    " AND objid <> %s AND database = (SELECT oid FROM pg_database"
    " WHERE datname = current_database())"
)


class Asking(Protocol):
    """A connection of its own to the database."""

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """Return the rows."""


def _own_number() -> int:
    """Return a number for this machine and data folder."""
    return zlib.crc32(f"{socket.gethostname()} {settings.DATA}".encode()) & 0x7FFFFFFF


def announce(connection: Asking) -> None:
    """Let other nodes know of this one for as long as the connection, to PostgreSQL, lasts."""
    connection.execute(_ANNOUNCE, (_CLASS, _own_number()))


def others(connection: Asking) -> bool:
    """Return whether another node has announced itself on the same PostgreSQL database."""
    [(count,)] = connection.execute(_OTHERS, (_CLASS, _own_number()))
    return bool(count)
