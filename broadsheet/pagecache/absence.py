"""A database that nothing leads to any more: only one waits for it, and says when it is back."""

import threading
import time
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, Error

from broadsheet.lib import connection_watchdog

#: Seconds after which a question that failed was one that nobody answered, and was not refused.
LONG = 1
#: Seconds between two looks whether it is back.
_EVERY = 0.25
#: Consecutive looks (waits.EVERY apart) at which a connection waits: before the database is probed,
#: and before the connection is closed while the database is known to be gone.
ASK, END = 2, 3


class Question(Protocol):
    """A question to the database. Raises Error or TimeoutError where it has no answer."""

    def __call__(self) -> None:
        """Ask it."""

    def is_overdue(self) -> bool:
        """Return whether it was asked so long ago that nobody should wait on."""


class Absence:
    """Whether the database is known to be gone without a word; `ask` raises while it is.

    No request waits then, and connections that already wait are closed. Either a request or the
    thread that watches waiting connections (waits.watch) notices the absence.
    """

    def __init__(self, ask: Question) -> None:
        self.is_known = False
        self._ask = ask
        self._lock = threading.Lock()
        self._is_asked = False
        connection_watchdog.call_on_each_poll(self.look)

    def note(self, seconds: float) -> None:
        """Note that a question failed after so long: if that was long, only one goes on asking."""
        with self._lock:
            if seconds < LONG or self.is_known:
                return
            self.is_known = True
        threading.Thread(target=self._wait, name="database", daemon=True).start()

    def look(self, waiting: connection_watchdog.WaitCounts) -> None:
        """Find out whether those who wait do so in vain."""
        looks = {c: count for c, count in waiting.items() if c.alias == DEFAULT_DB_ALIAS}
        if self.is_known:
            for connection, count in looks.items():
                if count >= END:
                    connection_watchdog.abort(connection)
        elif self._ask.is_overdue():
            self.note(LONG)
        elif max(looks.values(), default=0) >= ASK and not self._is_asked:
            self._is_asked = True  # by another thread, for this one must go on looking
            threading.Thread(target=self._try, name="question", daemon=True).start()

    def _try(self) -> None:
        began = time.monotonic()
        try:
            self._ask()
        except (Error, TimeoutError):
            self.note(time.monotonic() - began)
        finally:
            self._is_asked = False

    def _wait(self) -> None:
        for connection in connection_watchdog.waiting_connections(DEFAULT_DB_ALIAS):
            connection_watchdog.abort(connection)
        while True:
            try:
                self._ask()
            except (Error, TimeoutError):
                time.sleep(_EVERY)
            else:
                self.is_known = False
                return
