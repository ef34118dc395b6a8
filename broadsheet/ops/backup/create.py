"""Makes an archive of the site while it is in use."""

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

from broadsheet.ops.backup import contents, encryption, snapshot
from broadsheet.ops.backup.archive import FORMAT, KEY, MANIFEST, SETTINGS, Stream, Tar, compressed
from broadsheet.ops.backup.archive_names import archive_name
from broadsheet.ops.backup.encryption import Recipient
from broadsheet.ops.backup.errors import BackupError
from broadsheet.ops.backup.storages import Place
from broadsheet.ops.models import Backup

type Say = Callable[[str], object]

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was made: its size and that of what is in it are bytes."""

    name: str
    taken_at: datetime
    size: int
    contents: int
    rows: int
    files: int
    missing: list[str]


def create(place: Place, say: Say, also: Iterable[Recipient] = (), *, label: str = "") -> Made:
    """Write an archive of the site as it is now to `place`, and record the result.

    If it is encrypted, it is so to `also` too. `label` is part of its name (archive_names.py).
    Raises BackupError.
    """
    row = Backup(started_at=timezone.now(), target=str(place)[:1000])
    try:
        made = _write_archive(place, say, also, label)
    except BackupError as error:
        row.error = str(error)
        raise
    else:
        row.name, row.size = made.name, made.size
    finally:
        if row.name or row.error:
            row.finished_at = timezone.now()
            with suppress(Error):  # where the database is the reason, nothing is remembered
                row.save()
    return made


def _write_archive(place: Place, say: Say, also: Iterable[Recipient], label: str) -> Made:
    to = encryption.recipients(settings.BACKUP_RECIPIENTS)
    to += also if to else ()
    try:
        with alone() as scratch:
            say("Copying the database …")
            taken = _Taken(scratch, is_encrypted=bool(to))
            name = archive_name(taken.at, label, is_encrypted=bool(to))
            say(f"Writing {name} to {place} …")
            with place.writing(name) as file:
                encryption.encrypt(Stream(compressed(taken.chunks())), file, to)
            size = next(stored.size for stored in place.archives() if stored.name == name)
    except sqlite3.Error as error:
        raise BackupError(f"The database cannot be copied: {error}.") from error
    except OSError as error:
        raise BackupError(f"No backup was made: {error.strerror or error}.") from error
    rows, files = sum(taken.snapshot.rows.values()), len(taken.tar.files)
    return Made(name, taken.at, size, taken.tar.size, rows, files, taken.media.missing)


class _Taken:
    """The site at one moment: the database's copy, and a hold on the files that it names."""

    def __init__(self, scratch: Path, *, is_encrypted: bool) -> None:
        self._is_encrypted = is_encrypted
        self.tar, self.media = Tar(), contents.Media(scratch / "media")
        gone: set[str] = set()
        for _ in range(_TRIES):  # a file may go before it is held; then its row went before, too
            self.at = timezone.now().astimezone(UTC)
            self.snapshot = snapshot.take(scratch)
            before, gone = gone, self.media.hold(self.snapshot.names)
            if not gone or gone == before:
                break

    def chunks(self) -> Iterator[bytes]:
        """Yield the tar."""
        tar, at, data = self.tar, self.at.timestamp(), self.snapshot.file
        yield from tar.add_text(MANIFEST, json.dumps(self._manifest(), indent=1), modified=at)
        with data.open("rb") as file:
            yield from tar.add(data.name, file, size=data.stat().st_size, modified=at)
        yield from self.media.entries(tar, self.snapshot.names)
        yield from contents.folder(tar, settings.DATA / "theme", "theme")
        given = contents.settings_text(with_secrets=self._is_encrypted)
        yield from tar.add_text(SETTINGS, given, modified=at)
        if self._is_encrypted and (settings.DATA / KEY).is_file():
            yield from tar.add_text(KEY, (settings.DATA / KEY).read_text("ascii"), modified=at)
        said = {"rows": self.snapshot.rows, "missing": self.media.missing}
        yield from tar.finish(said, modified=at)

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
def alone() -> Iterator[Path]:
    """Yield an empty scratch folder under a lock. Raises BackupError while another backup runs."""
    place = settings.RUN / "backup"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another backup is being made: wait until it is done.") from error
        scratch = place / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)  # of one that was cut off
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
