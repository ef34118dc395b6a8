"""The processor's time: what else runs on the machine disturbs it less than the clock's."""

import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection


def clock() -> Callable[[], float]:
    """Return a clock of the processor's seconds, those of PostgreSQL's process with ours.

    It belongs to the connection to the database that is open now.
    """
    if connection.vendor == "sqlite":
        return time.process_time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        place = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: time.process_time() + int(place.read_text().split()[0]) / 1e9
