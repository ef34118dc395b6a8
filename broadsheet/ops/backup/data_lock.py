"""Lock on the data folder: shared by all processes of the site, exclusive during a restore.

It is a lock of the kernel (flock(2)): it ends with its process, however that ends, and forked
processes share it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import Error

from broadsheet.conf import server
from broadsheet.lib import secret_keys
from broadsheet.lib.env import StartupError
from broadsheet.ops.backup import BackupError, journal

_descriptors: list[int] = []


def acquire_shared() -> None:
    """Hold the lock until this process ends; finish an interrupted restore. Raises StartupError.

    A missing data folder has no lock: call this again when it exists.
    """
    if _descriptors:
        return
    with suppress(OSError):  # nothing can be restored into a read-only folder
        _descriptors.append(os.open(settings.DATA / "in-use", os.O_RDWR | os.O_CREAT, 0o600))
    if not _descriptors:
        return
    try:
        fcntl.flock(_descriptors[-1], fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StartupError("A restore is running. Wait until it is done.") from error
    if journal.is_pending():
        fcntl.flock(_descriptors[-1], fcntl.LOCK_EX)
        try:
            journal.finish()
        except Error as error:
            raise StartupError(
                "A restore was interrupted, and the database does not answer whether its part "
                "was committed. Start again when it does."
            ) from error
        if not settings.ENV.is_set(server.SECRET_KEY):
            settings.SECRET_KEY = secret_keys.current_key(settings.DATA / "secret-key")
        fcntl.flock(_descriptors[-1], fcntl.LOCK_SH)


def is_in_use(folder: Path) -> bool:
    """Return whether another process uses the data folder `folder`."""
    file = folder / "in-use"
    if not file.exists():
        return False
    is_ours = bool(_descriptors) and folder.samefile(settings.DATA)
    lock = _descriptors[-1] if is_ours else os.open(file, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        if is_ours:
            fcntl.flock(lock, fcntl.LOCK_SH)
        else:
            os.close(lock)


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the exclusive lock. Raises BackupError while other processes use the folder."""
    if not _descriptors:
        raise BackupError(f"{settings.DATA} cannot be written to, but a restore has to.")
    try:
        fcntl.flock(_descriptors[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        fcntl.flock(_descriptors[-1], fcntl.LOCK_SH)
        raise BackupError(
            "The site is in use. Stop `broadsheet serve`, its workers and all other commands first."
        ) from error
    try:
        yield
    finally:
        fcntl.flock(_descriptors[-1], fcntl.LOCK_SH)
