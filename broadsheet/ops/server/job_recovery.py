"""Recovery of jobs whose worker on this machine was killed: they are run again at once.

Without this, another worker takes over a job only when its lease expires (LOCK_TIMEOUT). The
kernel knows sooner: each worker holds a lock (flock(2)) on a file with its name, and the lock ends
with the process, however that ends.
"""

import fcntl
import os
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.dispatch import receiver
from django.tasks.signals import task_started
from django_ox.models import OxTask

_FOLDER = settings.RUN / "workers"
_locked: set[str] = set()


@receiver(task_started)
def _lock_worker_file(task_result: Any, **_kwargs: Any) -> None:
    """Lock a file with this worker's name, at its first job for which the disk is writable."""
    name = task_result.worker_ids[-1]
    if name in _locked:
        return
    unlocked, descriptor = _FOLDER / f".{name}", -1
    try:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(unlocked, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # held until this process ends
        unlocked.rename(_FOLDER / name)
    except OSError:  # on a read-only disk, wait for the lease to expire; the next job tries again
        if descriptor >= 0:
            os.close(descriptor)
    else:
        _locked.add(name)


def recover_jobs() -> None:
    """Expire the leases of workers on this machine that ended while running jobs."""
    for lock_file in _FOLDER.glob("[!.]*"):
        with suppress(OSError, DatabaseError), lock_file.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            jobs = OxTask.objects.filter(locked_by=lock_file.name, status=OxTask.Status.RUNNING)
            jobs.update(lease_expires_at=F("locked_at"))
            lock_file.unlink()
