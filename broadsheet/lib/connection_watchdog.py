"""Watchdog for PostgreSQL connections that wait for a response, and a way to abort them.

A server that hangs accepts statements and keeps connections open: none of its timeouts applies, and
the network reports no error. So the client has to watch the time. One thread does so for all
others.
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

#: Seconds between polls.
POLL_SECONDS = 1
#: libpq's PQTRANS_ACTIVE: a statement was sent and its response has not arrived.
_ACTIVE = 1

#: Django's connections, and for how many polls in a row each has been waiting.
type Connection = BaseDatabaseWrapper
type WaitCounts = Mapping[Connection, int]

_connections: WeakSet[BaseDatabaseWrapper] = WeakSet()
_callbacks: list[WeakMethod[Callable[[WaitCounts], object]]] = []
_lock = threading.Lock()
_is_running = False


def register(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Watch `connection`, if it is a PostgreSQL one."""
    if connection.vendor == "postgresql":
        with _lock:
            _connections.add(connection)


connection_created.connect(register, dispatch_uid=__name__)


def waiting_connections(alias: str) -> list[BaseDatabaseWrapper]:
    """Return the connections to the database `alias` that wait for a response now."""
    with _lock:
        connections = list(_connections)
    return [c for c in connections if c.alias == alias and _is_waiting(c.connection)]


def abort(connection: BaseDatabaseWrapper) -> None:
    """Close the connection if it waits for a response; the waiting thread gets an error.

    PostgreSQL can still execute the statement.
    """
    driver = connection.connection
    with suppress(OSError, Error), connection.wrap_database_errors:
        if not _is_waiting(driver):
            return
        number: int = driver.pgconn.socket
        with socket.socket(fileno=os.dup(number)) as duplicate:
            # Check again: if the thread closed the connection, another file can have its number.
            if _is_waiting(driver) and driver.pgconn.socket == number:
                duplicate.shutdown(socket.SHUT_RDWR)


def _is_waiting(driver: Any) -> bool:
    return driver is not None and driver.pgconn.transaction_status == _ACTIVE


def call_on_each_poll(callback: Callable[[WaitCounts], object]) -> None:
    """Call `callback`, a method, with the wait counts at each poll, while its object exists."""
    with _lock:
        _callbacks.append(WeakMethod(callback))


def start() -> None:
    """Start the polling thread of this process, once."""
    global _is_running  # noqa: PLW0603 - of the process
    if _is_running:
        return
    with _lock:
        if _is_running:
            return
        _is_running = True
    threading.Thread(target=_poll, name="waits", daemon=True).start()


def _poll() -> None:
    counts: dict[BaseDatabaseWrapper, int] = {}
    while True:
        time.sleep(POLL_SECONDS)
        with _lock:
            connections = list(_connections)
            callbacks = [
                callback for reference in _callbacks if (callback := reference()) is not None
            ]
            _callbacks[:] = map(WeakMethod, callbacks)
        counts = {c: counts.get(c, 0) + 1 for c in connections if _is_waiting(c.connection)}
        for callback in callbacks:
            callback(counts)
        del connections, callbacks


def _after_fork() -> None:
    global _is_running, _lock
    _is_running, _lock = False, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
