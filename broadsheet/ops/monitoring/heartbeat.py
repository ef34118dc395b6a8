"""Heartbeats of the background workers, every 20 seconds, in the database.

The worker's loop touches a file in each iteration (`ox_worker --heartbeat-file`), even while jobs
take long. A thread of the same process reports this to the database. So every machine can see
that the loop runs and that the worker reaches the database.
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

#: Seconds between two heartbeats.
INTERVAL = 20
#: Seconds without an iteration after which the loop counts as stuck and sends no heartbeat.
STUCK_AFTER = 60
#: Maximum age of the last heartbeat. A restart takes less.
MAX_AGE = dt.timedelta(seconds=90)
_FOLDER = settings.RUN / "heartbeats"
_DELETE_AFTER = dt.timedelta(days=1)


def local_workers() -> Iterator[int]:
    """Yield the process IDs of the workers on this machine."""
    for file in sorted(_FOLDER.glob(f"{platform.node()}.*")):
        if Path("/proc", file.suffix[1:]).exists():
            yield int(file.suffix[1:])
        else:
            with suppress(OSError):  # the disk is read-only
                file.unlink()


def start() -> Path:
    """Send heartbeats in a thread of this process; return the file that the loop must touch."""
    _make_folder()
    file = Path(_FOLDER / f"{platform.node()}.{os.getpid()}")
    threading.Thread(target=_run, args=[file], name="heartbeat", daemon=True).start()
    return file


def _make_folder() -> None:
    with suppress(OSError):  # the disk is read-only: the worker logs that it cannot touch the file
        _FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)


def _run(file: Path) -> None:
    while True:
        _make_folder()
        close_old_connections()
        try:
            if file.exists() and time.time() - file.stat().st_mtime < STUCK_AFTER:
                beat(file.name)
        except (Error, OSError) as error:  # the database is down, and health checks report that
            logger.info("Heartbeat not written: %s", error)
            connections.close_all()
        time.sleep(INTERVAL if file.exists() else 0.2)


def beat(name: str) -> None:
    """Store the heartbeat of worker `name`, by the database's clock, which all machines share."""
    if not Worker.objects.filter(name=name).update(seen_at=Now()):
        Worker.objects.filter(seen_at__lt=timezone.now() - _DELETE_AFTER).delete()
        Worker.objects.create(name=name, seen_at=Now())


def last_seen() -> dt.timedelta | None:
    """Return the age of the newest heartbeat, or None if there was none within a day."""
    ages = Worker.objects.aggregate(last=Max("seen_at"), now=Max(Now()))
    return ages["now"] - ages["last"] if ages["last"] else None
