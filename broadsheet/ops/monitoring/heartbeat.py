"""A sign of life of each background worker, every 20 seconds, in the database.

The worker's own loop touches a file at each of its turns (`ox_worker --heartbeat-file`), also while
jobs take long. A thread beside it writes to the database that it did: so what is seen from any
machine is that the loop goes round, and that this worker reaches the database.
"""

import datetime as dt
import logging
import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections, connections
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from broadsheet.ops.models import Worker

logger = logging.getLogger(__name__)

#: Seconds between two signs of life, and after which a loop that does not turn gives none.
PAUSE, STUCK = 20, 60
#: How old the last sign of life may be. A restart takes less.
PATIENCE = dt.timedelta(seconds=90)
_FOLDER = settings.RUN / "heartbeats"
_FORGOTTEN = dt.timedelta(days=1)


def local_workers() -> Iterator[int]:
    """Yield the numbers of the processes on this machine that are workers."""
    for file in sorted(_FOLDER.glob(f"{platform.node()}.*")):
        if Path("/proc", file.suffix[1:]).exists():
            yield int(file.suffix[1:])
        else:
            with suppress(OSError):  # a disk that takes no writes
                file.unlink()


def start() -> Path:
    """Give signs of life in a thread of this process; return the file for the worker's loop."""
    with suppress(OSError):  # a disk that takes no writes: the worker says that it cannot touch it
        _FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = Path(_FOLDER / f"{platform.node()}.{os.getpid()}")
    threading.Thread(target=_go_on, args=[file], name="heartbeat", daemon=True).start()
    return file


def _go_on(file: Path) -> None:
    while True:
        close_old_connections()
        try:
            if file.exists() and time.time() - file.stat().st_mtime < STUCK:
                beat(file.name)
        except (Error, OSError) as error:  # the database is away, and those who look see that
            logger.info("No sign of life was written: %s", error)
            connections.close_all()
        time.sleep(PAUSE if file.exists() else 0.2)


def beat(name: str) -> None:
    """Write that the worker `name` lives, by the database's clock, which all machines share."""
    if not Worker.objects.filter(name=name).update(seen_at=Now()):
        Worker.objects.filter(seen_at__lt=timezone.now() - _FORGOTTEN).delete()
        Worker.objects.create(name=name, seen_at=Now())


def last_seen() -> dt.timedelta | None:
    """Return how long ago a worker gave a sign of life, or None if none did within a day."""
    ages = Worker.objects.aggregate(last=Max("seen_at"), now=Max(Now()))
    return ages["now"] - ages["last"] if ages["last"] else None
