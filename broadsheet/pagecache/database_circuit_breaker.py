"""Circuit breaker for an unreachable database: one thread probes it, all requests fail fast."""

import threading
import time
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, Error

from broadsheet.lib import connection_watchdog

#: A query that fails after this many seconds was not refused: there was no response.
NO_RESPONSE_SECONDS = 1
#: Seconds between two probes while the circuit is open.
_PROBE_INTERVAL = 0.25
#: Consecutive polls of the watchdog at which a connection waits: before the database is probed, and
#: before the connection is closed while the circuit is open.
PROBE_AFTER, ABORT_AFTER = 2, 3


class Probe(Protocol):
    """A query. Raises Error or TimeoutError if the database does not answer."""

    def __call__(self) -> None:
        """Run the query."""

    def is_overdue(self) -> bool:
        """Return whether the query has been running for so long that no one should wait for it."""


class CircuitBreaker:
    """Open while the database is known not to respond; `probe` raises meanwhile.

    While it is open, no request waits for the database, and connections that already wait are
    closed. A request or the watchdog of waiting connections opens it.
    """

    def __init__(self, probe: Probe) -> None:
        self.is_open = False
        self._probe = probe
        self._lock = threading.Lock()
        self._is_probing = False
        connection_watchdog.call_on_each_poll(self.check)

    def record_failure(self, seconds: float) -> None:
        """Open the circuit if the query that failed had waited for long."""
        with self._lock:
            if seconds < NO_RESPONSE_SECONDS or self.is_open:
                return
            self.is_open = True
        threading.Thread(target=self._probe_until_closed, name="database", daemon=True).start()

    def check(self, waiting: connection_watchdog.WaitCounts) -> None:
        """Probe if connections wait for long; close them if the circuit is open."""
        counts = {c: count for c, count in waiting.items() if c.alias == DEFAULT_DB_ALIAS}
        if self.is_open:
            for connection, count in counts.items():
                if count >= ABORT_AFTER:
                    connection_watchdog.abort(connection)
        elif self._probe.is_overdue():
            self.record_failure(NO_RESPONSE_SECONDS)
        elif max(counts.values(), default=0) >= PROBE_AFTER and not self._is_probing:
            self._is_probing = True  # in another thread: the watchdog must not wait
            threading.Thread(target=self._probe_once, name="probe", daemon=True).start()

    def _probe_once(self) -> None:
        started = time.monotonic()
        try:
            self._probe()
        except (Error, TimeoutError):
            self.record_failure(time.monotonic() - started)
        finally:
            self._is_probing = False

    def _probe_until_closed(self) -> None:
        for connection in connection_watchdog.waiting_connections(DEFAULT_DB_ALIAS):
            connection_watchdog.abort(connection)
        while True:
            try:
                self._probe()
            except (Error, TimeoutError):
                time.sleep(_PROBE_INTERVAL)
            else:
                self.is_open = False
                return
