"""Restoring an archive in place of the current site, which is retained for a rollback."""

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
    BackupError,
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
from broadsheet.ops.backup.extract import ExtractedArchive

_ALREADY_REPLACED = (
    "The site that the last restore replaced still exists. `broadsheet restore --back` "
    "returns to it, `broadsheet restore --forget` deletes it."
)
_NOTHING_REPLACED = (
    "There is no replaced site: nothing was restored, or it was deleted with --forget."
)


def restore(archive: IO[bytes], identity: str, say: Say, through: str = "") -> None:
    """Replace this site by the one in `archive`. Changes nothing before everything is checked.

    `through` is the URL of an empty PostgreSQL database; an archive of the other engine is
    converted in it. Killed at any moment, it leaves the old site, or the new one for the process
    that starts next to complete. Raises BackupError.
    """
    identities = encryption.read_identities(Path(identity)) if identity else []
    with data_lock.exclusive():
        check_can_restore()
        say("Reading and checking the archive …")
        shutil.rmtree(journal.NEW, ignore_errors=True)
        journal.NEW.mkdir(mode=0o700, parents=True)
        try:
            extracted = extract.extract_archive(archive, identities, journal.NEW)
            check_archive(extracted)
            connection.close()  # not idle while the rest takes long
            if extracted.manifest["engine"] != connection.vendor:
                extracted = conversion.convert(extracted, through, say)
        except BaseException:
            shutil.rmtree(journal.NEW, ignore_errors=True)
            raise
        say(f"Restoring the site of {extracted.manifest['taken_at']} …")
        (journal.NEW / SETTINGS).replace(journal.FOLDER / SETTINGS)
        _activate(extracted)
        finish(say)


def rollback(say: Say) -> None:
    """Swap the current site with the replaced one. Raises BackupError."""
    with data_lock.exclusive():
        if not has_replaced():
            raise BackupError(_NOTHING_REPLACED)
        say("Returning to the replaced site …")
        if connection.vendor == "postgresql":
            postgresql_restore.check_no_other_connections()
            moment = uuid.uuid4().hex
            journal.begin(source=journal.REPLACED, moment=moment)
            with _finish_on_failure():
                postgresql_restore.swap(moment)
        else:
            connection.close()
            journal.begin(source=journal.REPLACED)
        finish(say)


def delete_replaced() -> None:
    """Delete the replaced site. Raises BackupError."""
    with data_lock.exclusive():
        if not has_replaced():
            raise BackupError(_NOTHING_REPLACED)
        if connection.vendor == "postgresql":
            postgresql_restore.drop_replaced()
        shutil.rmtree(journal.REPLACED, ignore_errors=True)


def has_replaced() -> bool:
    """Return whether a replaced site exists, for a rollback."""
    return journal.REPLACED.exists() or (
        connection.vendor == "postgresql" and postgresql_restore.has_replaced()
    )


def check_can_restore() -> None:
    """Raise BackupError if a replaced site still exists, or a rename cannot swap a part."""
    if has_replaced():
        raise BackupError(_ALREADY_REPLACED)
    device = settings.DATA.stat().st_dev
    for live in journal.parts().values():
        if live.parent.stat().st_dev != device or live.is_mount():
            raise BackupError(
                f"{live} is on another file system than {settings.DATA}, so a restore cannot "
                "replace it atomically. Move it there, or set BROADSHEET_DATA to its "
                "location."
            )


def check_archive(extracted: ExtractedArchive) -> None:
    """Raise BackupError if this version cannot use the archive or its row counts differ."""
    version = f", {extracted.manifest['broadsheet']}"
    check_migrations(
        extracted.manifest["migrations"], f"The archive is from a later version{version}"
    )
    if extracted.manifest["engine"] == "sqlite":
        _check_sqlite(extracted)


def check_migrations(migrations: Iterable[Sequence[str]], message: str) -> None:
    """Raise BackupError with `message` if this version lacks one of the migrations."""
    available = set(MigrationLoader(None).disk_migrations)
    later = [
        f"{app}.{migration}" for app, migration in migrations if (app, migration) not in available
    ]
    if later:
        raise BackupError(
            f"{message} (this one does not have {later[0]}). Update Broadsheet first."
        )


def _check_sqlite(extracted: ExtractedArchive) -> None:
    with closing(sqlite3.connect(extracted.database)) as database:

        def ask(sql: str) -> list[tuple[object, ...]]:
            return database.execute(sql).fetchall()

        try:
            (answer,) = ask("PRAGMA integrity_check(1)")[0]
            tables = snapshot.sqlite_tables(ask)
            rows = {t: ask(f'SELECT count(*) FROM "{t}"')[0][0] for t in tables}  # noqa: S608
        except sqlite3.Error as error:
            raise BackupError(f"The archive's database cannot be read: {error}.") from error
        if answer != "ok" or rows != extracted.rows:
            raise BackupError(
                "The database in the archive does not have the row counts recorded in the archive."
            )
        if "ops_told" in rows:
            reset_cdn_position(database)


def reset_cdn_position(database: sqlite3.Connection) -> None:
    """Make the CDN purge everything: it has pages of the replaced site."""
    database.execute("DELETE FROM ops_told")
    database.commit()


def _activate(extracted: ExtractedArchive) -> None:
    if not isinstance(default_storage, FileSystemStorage):
        _upload_media(extracted.folder / "media")
    if connection.vendor == "postgresql":
        postgresql_restore.check_no_other_connections()
        moment = uuid.uuid4().hex
        journal.begin(source=journal.NEW, moment=moment)
        with _finish_on_failure():
            postgresql_restore.load(extracted.database, extracted.rows, moment)
    else:
        connection.close()
        journal.begin(source=journal.NEW)


@contextmanager
def _finish_on_failure() -> Iterator[None]:
    """If PostgreSQL's transaction fails, let the journal discard the swap."""
    try:
        yield
    except BackupError:
        journal.finish()
        raise


def _upload_media(folder: Path) -> None:
    """Upload media to a remote storage; names are derived from content, so none is overwritten."""
    for file in folder.rglob("*"):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not default_storage.exists(name):
            with file.open("rb") as opened:
                default_storage.save(name, opened)


def finish(say: Say) -> None:
    """Finish the swap and migrate the new site."""
    journal.finish()
    _delete_empty_replaced()
    say("Running migrations …")
    call_command("migrate", interactive=False, verbosity=0)


def _delete_empty_replaced() -> None:
    """Delete the replaced site if it was not set up: it consists of a secret key at most."""
    if connection.vendor == "postgresql":
        if not postgresql_restore.is_replaced_empty():
            return
        postgresql_restore.drop_replaced()
    elif (journal.REPLACED / "database.sqlite3").exists():
        return
    shutil.rmtree(journal.REPLACED)
