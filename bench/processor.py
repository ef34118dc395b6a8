"""CPU time, which other processes on the machine distort less than elapsed time."""

import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection


def clock() -> Callable[[], float]:
    """Return a clock of CPU seconds: those of this process and of its PostgreSQL backend.

    The clock is bound to the current database connection.
    """
    if connection.vendor == "sqlite":
        return time.process_time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        schedstat = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: time.process_time() + int(schedstat.read_text().split()[0]) / 1e9
