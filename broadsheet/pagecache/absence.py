"""A database that nothing leads to any more: only one waits for it, and says when it is back."""

import threading
import time
from collections.abc import Callable

from django.db import Error

#: Seconds after which a question that failed was one that nobody answered, and was not refused.
LONG = 1
#: Seconds between two looks whether it is back.
_EVERY = 0.25


class Absence:
    """Whether the database is known to be gone without a word; `ask` raises while it is."""

    def __init__(self, ask: Callable[[], object], hang_up: Callable[[], object]) -> None:
        self.is_known = False
        self._ask, self._hang_up = ask, hang_up
        self._lock = threading.Lock()

    def note(self, seconds: float) -> None:
        """Note that a question failed after so long: if that was long, only one goes on asking."""
        with self._lock:
            if seconds < LONG or self.is_known:
                return
            self.is_known = True
        threading.Thread(target=self._wait, name="database", daemon=True).start()

    def _wait(self) -> None:
        self._hang_up()  # whoever still waits for its answer
        while True:
            try:
                self._ask()
            except (Error, TimeoutError):
                time.sleep(_EVERY)
            else:
                self.is_known = False
                return
