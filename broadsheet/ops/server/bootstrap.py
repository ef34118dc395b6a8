"""First start and upgrade: data folder and key, database, migrations, static files."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import OperationalError, connection

from broadsheet.conf import server
from broadsheet.lib import secret_keys
from broadsheet.lib.env import StartupError
from broadsheet.lib.file_storage import make_public
from broadsheet.ops.backup import data_lock
from broadsheet.ops.checks import SETTINGS_TAG
from broadsheet.ops.database.migration_plan import count_pending
from broadsheet.publication.actions import record_url

type Say = Callable[[str], object]

_LOCK = 0x62726F6164  # advisory lock; any number that all processes share
#: Seconds between two attempts to connect to the database.
_RETRY_INTERVAL = 1
_FINGERPRINT = settings.STATIC_ROOT / ".fingerprint"


def create_data_folder() -> None:
    """Check the settings and lock the data folder; on the first start create it and its key.

    Servers, workers, `migrate` and `restore` start with this. Raises StartupError.
    """
    for error in run_checks(tags=[SETTINGS_TAG]):
        raise StartupError(f"{error.msg} {error.hint}")
    path = settings.DATA
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_public(settings.STATIC_ROOT)
        data_lock.acquire_shared()
        path /= "secret-key"
        if not settings.ENV.is_set(server.SECRET_KEY):
            settings.SECRET_KEY = secret_keys.current_key(path)
    except OSError as error:
        raise StartupError(
            f"BROADSHEET_DATA: {path} cannot be created ({error.strerror}). For example: "
            "BROADSHEET_DATA=/var/lib/broadsheet"
        ) from error
    with suppress(OSError):  # the site can run from a read-only disk, without metrics
        settings.METRICS_FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)


def wait_for_database(say: Say) -> None:
    """Wait until PostgreSQL accepts connections; print the reason once.

    A machine starts its services in any order, and a database may be restarting.
    """
    is_first = True
    while connection.vendor == "postgresql":
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if is_first:
                say(f"Waiting for the database: {str(error).strip().splitlines()[0]}")
            is_first = False
            time.sleep(_RETRY_INTERVAL)
        else:
            return


def migrate_and_collect_static(say: Say) -> None:
    """Migrate the database and collect static files if needed, and print each step.

    If several processes start at once, one does it and the others wait. Raises StartupError if the
    data folder is not writable.
    """
    if not os.access(settings.DATA, os.W_OK):
        raise StartupError(f"BROADSHEET_DATA: {settings.DATA} cannot be written to.")
    # Pages that earlier versions wrote here: an old nginx configuration would serve them forever.
    shutil.rmtree(settings.DATA / "front", ignore_errors=True)
    if count_pending():
        with _exclusive():
            if count := count_pending():
                say(f"Setting up the database ({count} migrations) …")
                call_command("migrate", interactive=False, verbosity=0)
    record_url()
    if not settings.DEBUG and not _is_collected():
        with _exclusive():
            if not _is_collected():
                say("Collecting static files …")
                call_command("collectstatic", interactive=False, verbosity=0)


def record_collected() -> None:
    """Record, for the next start, that the static files of this version are collected."""
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
def _exclusive() -> Iterator[None]:
    """Hold a lock, so that no other process prepares the same database or data folder."""
    with (settings.DATA / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # the other process may take long
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
