"""What must be in place before the site answers: the database's tables and the static files."""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connection

from broadsheet.lib.env import Refused
from broadsheet.ops.database.migration_plan import pending_migrations
from broadsheet.publication.actions import record_url

type Say = Callable[[str], object]

_LOCK = 0x62726F6164  # any number; every process must take the same
#: Seconds between two looks for a database that is not there.
_PAUSE = 1
_FINGERPRINT = settings.STATIC_ROOT / ".fingerprint"


def wait_for_database(say: Say) -> None:
    """Wait until PostgreSQL takes connections, and say once why that takes long.

    A machine starts its services in any order, and a database that is gone comes back.
    """
    is_first = True
    while connection.vendor == "postgresql":
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if is_first:
                say(f"Waiting for the database: {str(error).strip().splitlines()[0]}")
            is_first = False
            time.sleep(_PAUSE)
        else:
            return


def prepare(say: Say) -> None:
    """Bring the database and the static files up to date, saying what is done.

    Of several processes that start at once one does it, and the others wait. Raises Refused where
    the data folder cannot be written to.
    """
    if not os.access(settings.DATA, os.W_OK):
        raise Refused(f"BROADSHEET_DATA: {settings.DATA} cannot be written to.")
    if pending_migrations():
        with _alone():
            if count := pending_migrations():
                say(f"Setting up the database ({count} migrations) …")
                call_command("migrate", interactive=False, verbosity=0)
    record_url()
    if not settings.DEBUG and not _is_collected():
        with _alone():
            if not _is_collected():
                say("Collecting static files …")
                call_command("collectstatic", interactive=False, verbosity=0)


def note_collected() -> None:
    """Let the next start know that the static files are those of this version."""
    _FINGERPRINT.write_text(_fingerprint())


def _is_collected() -> bool:
    return _FINGERPRINT.is_file() and _FINGERPRINT.read_text() == _fingerprint()


def _fingerprint() -> str:
    """Return a digest that changes whenever a source of the static files does."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path} {storage.get_modified_time(path)}\n".encode())
    return digest.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process prepares the same database or data folder."""
    with (settings.DATA / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # the other one may have much to do
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
