"""Waiting for PostgreSQL: which connections of this process wait for an answer, and an end to that.

A server that hangs takes statements and keeps its connections: none of its own time limits runs,
and the network has nothing to report. So the client has to look at the clock. One thread does so
for all others.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakMethod, WeakSet

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

#: Seconds between two looks.
EVERY = 1
#: What libpq calls PQTRANS_ACTIVE: a statement is sent, and its answer is not here.
_ACTIVE = 1

#: Connections of Django's, and for how many looks in a row each has been waiting.
type Connection = BaseDatabaseWrapper
type Waiting = Mapping[Connection, int]

_connections: WeakSet[BaseDatabaseWrapper] = WeakSet()
_looks: list[WeakMethod[Callable[[Waiting], object]]] = []
_lock = threading.Lock()
_is_watched = False


def follow(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Count `connection` among those that may wait, if it is one to PostgreSQL."""
    if connection.vendor == "postgresql":
        with _lock:
            _connections.add(connection)


connection_created.connect(follow, dispatch_uid=__name__)


def waiting(alias: str) -> list[BaseDatabaseWrapper]:
    """Return the connections to the database `alias` that wait for an answer at this moment."""
    with _lock:
        connections = list(_connections)
    return [one for one in connections if one.alias == alias and _is_waiting(one.connection)]


def hang_up(connection: BaseDatabaseWrapper) -> None:
    """End the connection if it waits for an answer; the thread that waits for it gets an error.

    What PostgreSQL was asked to do it may still do.
    """
    driver = connection.connection
    with suppress(OSError, Error), connection.wrap_database_errors:
        if not _is_waiting(driver):
            return
        number: int = driver.pgconn.socket
        with socket.socket(fileno=os.dup(number)) as same:
            # Not another file, which has the number since the thread itself closed the connection.
            if _is_waiting(driver) and driver.pgconn.socket == number:
                same.shutdown(socket.SHUT_RDWR)


def _is_waiting(driver: Any) -> bool:
    return driver is not None and driver.pgconn.transaction_status == _ACTIVE


def call_every_look(look: Callable[[Waiting], object]) -> None:
    """Call `look`, a method, with what waits at each look, for as long as its object lasts."""
    with _lock:
        _looks.append(WeakMethod(look))


def watch() -> None:
    """Let a thread of this process look from now on."""
    global _is_watched  # noqa: PLW0603 - of the process
    if _is_watched:
        return
    with _lock:
        if _is_watched:
            return
        _is_watched = True
    threading.Thread(target=_watch, name="waits", daemon=True).start()


def _watch() -> None:
    counts: dict[BaseDatabaseWrapper, int] = {}
    while True:
        time.sleep(EVERY)
        with _lock:
            connections = list(_connections)
            looks = [look for reference in _looks if (look := reference()) is not None]
            _looks[:] = map(WeakMethod, looks)
        counts = {c: counts.get(c, 0) + 1 for c in connections if _is_waiting(c.connection)}
        for look in looks:
            look(counts)
        del connections, looks


def _after_fork() -> None:
    global _is_watched, _lock
    _is_watched, _lock = False, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
