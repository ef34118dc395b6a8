"""Puts the site of an archive in the place of the present one, which is kept beside it."""

import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from broadsheet.ops.backup import (
    conversion,
    data_lock,
    encryption,
    extract,
    journal,
    postgresql_restore,
    snapshot,
)
from broadsheet.ops.backup.archive import SETTINGS
from broadsheet.ops.backup.create import Say
from broadsheet.ops.backup.errors import BackupError
from broadsheet.ops.backup.extract import Unpacked

_KEPT = (
    "The site that the last restore replaced is still kept: `broadsheet restore --back` returns to "
    "it, `broadsheet restore --forget` removes it."
)
_NONE = "No replaced site is kept: nothing was restored, or it was forgotten."


def restore(archive: IO[bytes], identity: str, say: Say, through: str = "") -> None:
    """Replace this site by the one in `archive`. Changes nothing before everything is checked.

    `through` is the URL of an empty PostgreSQL database; an archive of the other engine is
    converted in it. Killed at any moment, it leaves the old site, or the new one for the process
    that starts next to complete. Raises BackupError.
    """
    identities = encryption.identities(Path(identity)) if identity else []
    with data_lock.alone():
        check_place()
        say("Reading and checking the archive …")
        shutil.rmtree(journal.NEW, ignore_errors=True)
        journal.NEW.mkdir(mode=0o700, parents=True)
        try:
            unpacked = extract.unpack(archive, identities, journal.NEW)
            check(unpacked)
            connection.close()  # rather than let it lie idle for as long as the rest takes
            if unpacked.manifest["engine"] != connection.vendor:
                unpacked = conversion.converted(unpacked, through, say)
        except BaseException:
            shutil.rmtree(journal.NEW, ignore_errors=True)
            raise
        say(f"Restoring the site of {unpacked.manifest['taken_at']} …")
        (journal.NEW / SETTINGS).replace(journal.PLACE / SETTINGS)
        _put_in(unpacked)
        end(say)


def back(say: Say) -> None:
    """Let the site that was replaced and the present one change places. Raises BackupError."""
    with data_lock.alone():
        if not is_kept():
            raise BackupError(_NONE)
        say("Going back to the site that was replaced …")
        if connection.vendor == "postgresql":
            postgresql_restore.check_alone()
            moment = uuid.uuid4().hex
            journal.begin(source=journal.REPLACED, moment=moment)
            with _undone():
                postgresql_restore.exchange(moment)
        else:
            connection.close()
            journal.begin(source=journal.REPLACED)
        end(say)


def forget() -> None:
    """Remove the site that was replaced. Raises BackupError."""
    with data_lock.alone():
        if not is_kept():
            raise BackupError(_NONE)
        if connection.vendor == "postgresql":
            postgresql_restore.forget()
        shutil.rmtree(journal.REPLACED, ignore_errors=True)


def is_kept() -> bool:
    """Whether a site is kept that was replaced."""
    return journal.REPLACED.exists() or (
        connection.vendor == "postgresql" and postgresql_restore.is_kept()
    )


def check_place() -> None:
    """Raise BackupError where a site is still kept, or one cannot change its place by a rename."""
    if is_kept():
        raise BackupError(_KEPT)
    device = settings.DATA.stat().st_dev
    for live in journal.parts().values():
        if live.parent.stat().st_dev != device or live.is_mount():
            raise BackupError(
                f"{live} is on another file system than {settings.DATA}, so a restore cannot "
                "exchange it at once: move it there, or set BROADSHEET_DATA to where it is."
            )


def check(unpacked: Unpacked) -> None:
    """Raise BackupError if this version cannot use the archive or its row counts differ."""
    version = f", {unpacked.manifest['broadsheet']}"
    check_known(unpacked.manifest["migrations"], f"The archive is of a later version{version}")
    if unpacked.manifest["engine"] == "sqlite":
        _check_sqlite(unpacked)


def check_known(migrations: Iterable[Sequence[str]], what: str) -> None:
    """Raise BackupError, which says `what`, for migrations that this version has not."""
    known = set(MigrationLoader(None).disk_migrations)
    later = [f"{app}.{migration}" for app, migration in migrations if (app, migration) not in known]
    if later:
        raise BackupError(f"{what} (this one does not know {later[0]}): update Broadsheet first.")


def _check_sqlite(unpacked: Unpacked) -> None:
    with closing(sqlite3.connect(unpacked.database)) as database:

        def ask(sql: str) -> list[tuple[object, ...]]:
            return database.execute(sql).fetchall()

        try:
            (answer,) = ask("PRAGMA integrity_check(1)")[0]
            tables = snapshot.tables_of_sqlite(ask)
            rows = {t: ask(f'SELECT count(*) FROM "{t}"')[0][0] for t in tables}  # noqa: S608
        except sqlite3.Error as error:
            raise BackupError(f"The archive's database cannot be read: {error}.") from error
        if answer != "ok" or rows != unpacked.rows:
            raise BackupError("The archive's database is not what was counted when it was made.")
        if "ops_told" in rows:
            forget_told(database)


def forget_told(database: sqlite3.Connection) -> None:
    """Have CDNs told of everything: they have pages of the site that goes."""
    database.execute("DELETE FROM ops_told")
    database.commit()


def _put_in(unpacked: Unpacked) -> None:
    if not isinstance(default_storage, FileSystemStorage):
        _send_media(unpacked.folder / "media")
    if connection.vendor == "postgresql":
        postgresql_restore.check_alone()
        moment = uuid.uuid4().hex
        journal.begin(source=journal.NEW, moment=moment)
        with _undone():
            postgresql_restore.load(unpacked.database, unpacked.rows, moment)
    else:
        connection.close()
        journal.begin(source=journal.NEW)


@contextmanager
def _undone() -> Iterator[None]:
    """Let the journal see that PostgreSQL's part failed, when it does."""
    try:
        yield
    except BackupError:
        journal.finish()
        raise


def _send_media(folder: Path) -> None:
    """Put the files into a storage elsewhere: their names are made from what is in them."""
    for file in folder.rglob("*"):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not default_storage.exists(name):
            with file.open("rb") as opened:
                default_storage.save(name, opened)


def end(say: Say) -> None:
    """Finish the exchange, and bring the new site up to date."""
    journal.finish()
    _forget_nothing()
    say("Bringing the database up to date …")
    call_command("migrate", interactive=False, verbosity=0)


def _forget_nothing() -> None:
    """Keep no replaced site where there was none: no more than a key."""
    if connection.vendor == "postgresql":
        if not postgresql_restore.is_empty():
            return
        postgresql_restore.forget()
    elif (journal.REPLACED / "database.sqlite3").exists():
        return
    shutil.rmtree(journal.REPLACED)
