"""Creating an archive of the running site."""

import fcntl
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import Error
from django.utils import timezone

from broadsheet.ops.backup import BackupError, archive_members, encryption, snapshot
from broadsheet.ops.backup.archive import (
    FORMAT,
    KEY,
    MANIFEST,
    SETTINGS,
    ChunkReader,
    TarWriter,
    compress,
)
from broadsheet.ops.backup.archive_names import archive_name
from broadsheet.ops.backup.encryption import Recipient
from broadsheet.ops.backup.storages import BackupStorage
from broadsheet.ops.models import Backup

type Say = Callable[[str], object]

_MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A new archive; `size` and `contents`, the uncompressed size, are in bytes."""

    name: str
    taken_at: datetime
    size: int
    contents: int
    rows: int
    files: int
    missing: list[str]


def create(
    storage: BackupStorage, say: Say, extra_recipients: Iterable[Recipient] = (), *, label: str = ""
) -> BackupResult:
    """Write an archive of the current site to a storage, and record the result.

    An encrypted one is also encrypted to `extra_recipients`. `label` becomes part of its name
    (archive_names.py). Raises BackupError.
    """
    row = Backup(started_at=timezone.now(), target=str(storage)[:1000])
    try:
        result = _write_archive(storage, say, extra_recipients, label)
    except BackupError as error:
        row.error = str(error)
        raise
    else:
        row.name, row.size = result.name, result.size
    finally:
        if row.name or row.error:
            row.finished_at = timezone.now()
            with suppress(Error):  # if the database is the reason, nothing can be recorded
                row.save()
    return result


def _write_archive(
    storage: BackupStorage, say: Say, extra_recipients: Iterable[Recipient], label: str
) -> BackupResult:
    to = encryption.parse_recipients(settings.BACKUP_RECIPIENTS)
    to += extra_recipients if to else ()
    try:
        with scratch_folder() as scratch:
            say("Copying the database …")
            site = _SiteSnapshot(scratch, is_encrypted=bool(to))
            name = archive_name(site.at, label, is_encrypted=bool(to))
            say(f"Writing {name} to {storage} …")
            with storage.write(name) as file:
                encryption.encrypt(ChunkReader(compress(site.chunks())), file, to)
            size = next(stored.size for stored in storage.list_archives() if stored.name == name)
    except sqlite3.Error as error:
        raise BackupError(f"The database cannot be copied: {error}.") from error
    except OSError as error:
        raise BackupError(f"The backup failed: {error.strerror or error}.") from error
    rows, files = sum(site.snapshot.rows.values()), len(site.tar.files)
    return BackupResult(name, site.at, size, site.tar.size, rows, files, site.media.missing)


class _SiteSnapshot:
    """The site at one point in time: a copy of the database, and links to the files it names."""

    def __init__(self, scratch: Path, *, is_encrypted: bool) -> None:
        self._is_encrypted = is_encrypted
        self.tar, self.media = TarWriter(), archive_members.MediaFiles(scratch / "media")
        missing: set[str] = set()
        # A file may be deleted before it is linked; then its row is deleted, too.
        for _ in range(_MAX_TRIES):
            self.at = timezone.now().astimezone(UTC)
            self.snapshot = snapshot.take(scratch)
            previous, missing = missing, self.media.link_all(self.snapshot.names)
            if not missing or missing == previous:
                break

    def chunks(self) -> Iterator[bytes]:
        """Yield the tar."""
        tar, at, data = self.tar, self.at.timestamp(), self.snapshot.file
        yield from tar.add_text(MANIFEST, json.dumps(self._manifest(), indent=1), modified=at)
        with data.open("rb") as file:
            yield from tar.add(data.name, file, size=data.stat().st_size, modified=at)
        yield from self.media.entries(tar, self.snapshot.names)
        yield from archive_members.folder_entries(tar, settings.DATA / "theme", "theme")
        env_text = archive_members.settings_text(with_secrets=self._is_encrypted)
        yield from tar.add_text(SETTINGS, env_text, modified=at)
        if self._is_encrypted and (settings.DATA / KEY).is_file():
            yield from tar.add_text(KEY, (settings.DATA / KEY).read_text("ascii"), modified=at)
        metadata = {"rows": self.snapshot.rows, "missing": self.media.missing}
        yield from tar.finish(metadata, modified=at)

    def _manifest(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "broadsheet": version("broadsheet"),
            "taken_at": self.at.isoformat(timespec="milliseconds"),
            "site": settings.SITE_URL,
            "engine": self.snapshot.engine,
            "migrations": self.snapshot.migrations,
            "encrypted": self._is_encrypted,
        }


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty scratch folder under a lock. Raises BackupError while another backup runs."""
    folder = settings.RUN / "backup"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another backup is running. Wait until it is done.") from error
        scratch = folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)  # of an interrupted backup
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
