"""Prints the progress of a copy every few seconds."""

import time
from collections.abc import Callable

type Say = Callable[[str], object]

_INTERVAL = 2.0  # seconds


class ProgressBar:
    """Counts rows or other units, and prints count, speed and remaining time."""

    def __init__(self, say: Say, verb: str, total: int, unit: str = "rows") -> None:
        self._say, self._verb, self._total, self._unit = say, verb, total, unit
        self._count = 0
        self._started = self._printed = time.monotonic()

    def add(self, name: str, count: int) -> None:
        """Add `count` units; `name` is the table, or empty."""
        self._count += count
        now = time.monotonic()
        if now - self._printed < _INTERVAL:
            return
        self._printed = now
        speed = self._count / (now - self._started)
        remaining = max(0, self._total - self._count) / speed
        self._say(
            f"{f'{self._verb} {name}'.strip()}: {self._count:,} of {self._total:,} {self._unit},"
            f" {speed:,.0f} a second, about {remaining:.0f} s left."
        )

    def end(self) -> None:
        """Print the total."""
        seconds = time.monotonic() - self._started
        self._say(f"{self._verb}: {self._count:,} {self._unit} in {seconds:.1f} s.")
