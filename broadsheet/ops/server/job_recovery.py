"""Jobs under way on this machine: what a killed worker was at is done again at once.

A job whose worker gives no sign of life is another one's once its lease has ended (LOCK_TIMEOUT).
Here the kernel knows sooner: a worker holds a lock (flock(2)) on a file with its name, which ends
with its process, however that ends.
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
_signed: set[str] = set()


@receiver(task_started)
def _sign(task_result: Any, **_kwargs: Any) -> None:
    """Lock a file with this worker's name before its first job."""
    name = task_result.worker_ids[-1]
    if name in _signed:
        return
    _signed.add(name)
    with suppress(OSError):  # where nothing can be written, a lease has to end
        _FOLDER.mkdir(parents=True, exist_ok=True)
        unlocked = _FOLDER / f".{name}"
        file = os.open(unlocked, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)  # held until this process ends
        unlocked.rename(_FOLDER / name)


def take_over() -> None:
    """End the leases of workers that ended here with jobs under way."""
    for signed in _FOLDER.glob("[!.]*"):
        with suppress(OSError, DatabaseError), signed.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = OxTask.objects.filter(locked_by=signed.name, status=OxTask.Status.RUNNING)
            held.update(lease_expires_at=F("locked_at"))
            signed.unlink()
