"""Says how a move goes on, every few seconds."""

import time
from collections.abc import Callable

type Say = Callable[[str], object]

_EVERY = 2.0  # seconds


class Meter:
    """Counts rows, or what else there is `of`, and says how fast they go."""

    def __init__(self, say: Say, verb: str, total: int, of: str = "rows") -> None:
        self._say, self._verb, self._total, self._of = say, verb, total, of
        self._rows = 0
        self._began = self._said = time.monotonic()

    def count(self, name: str, rows: int) -> None:
        """Count rows of the table `name`, if they are a table's."""
        self._rows += rows
        now = time.monotonic()
        if now - self._said < _EVERY:
            return
        self._said = now
        pace = self._rows / (now - self._began)
        left = max(0, self._total - self._rows) / pace
        self._say(
            f"{f'{self._verb} {name}'.strip()}: {self._rows:,} of {self._total:,} {self._of},"
            f" {pace:,.0f} a second, about {left:.0f} s left."
        )

    def end(self) -> None:
        """Say what it came to."""
        took = time.monotonic() - self._began
        self._say(f"{self._verb}: {self._rows:,} {self._of} in {took:.1f} s.")
