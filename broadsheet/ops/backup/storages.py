"""Where archives are: in a folder or in a bucket of S3."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

from broadsheet.ops.backup.archive_names import PREFIX, StoredArchive, is_archive
from broadsheet.ops.backup.errors import BackupError

_PARTIAL = ".partial-"


class Place(Protocol):
    """Where archives are kept. All raise BackupError, in words, or OSError."""

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Give a file; what was written is there as `name` once it is whole, and not before."""

    def reading(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""

    def archives(self) -> list[StoredArchive]:
        """Return the archives that are there, the oldest first."""

    def remove(self, name: str) -> None:
        """Remove the archive `name`."""


class Folder:
    """A folder, made when it is first written to."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def __str__(self) -> str:
        return str(self.path)

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Give a file of another name, which is renamed when it is whole and on the disk."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tidy()
            partial = self.path / f"{_PARTIAL}{name}"
            number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "wb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                    partial.rename(self.path / name)
                except BaseException:
                    partial.unlink(missing_ok=True)
                    raise
            sync(self.path)
        except OSError as error:
            raise BackupError(
                f"{self.path} takes no archive: {error.strerror or error}."
            ) from error

    def reading(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""
        return (self.path / name).open("rb")

    def archives(self) -> list[StoredArchive]:
        """Return the archives that are there, the oldest first."""
        if not self.path.is_dir():
            return []
        found = [file for file in self.path.iterdir() if is_archive(file.name)]
        return [StoredArchive(file.name, file.stat().st_size) for file in sorted(found)]

    def remove(self, name: str) -> None:
        """Remove the archive `name`."""
        (self.path / name).unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove what backups left behind that were cut off: nobody holds its lock any more."""
        for file in self.path.glob(f"{_PARTIAL}{PREFIX}*"):
            with suppress(OSError), file.open("rb") as left:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()


def get_storage(target: str) -> Place:
    """Return the storage that `target` names: a folder, or s3://BUCKET/PREFIX."""
    if target.startswith("s3://"):
        from broadsheet.ops.backup.bucket import Bucket  # noqa: PLC0415 - boto3 takes a while

        parts = urlsplit(target)
        return Bucket(parts.netloc, parts.path.strip("/"))
    return Folder(Path(target))


def is_on_same_disk(folder: Path, data: Path) -> bool:
    """Whether `folder` is one on the disk that `data` is on; s3://… is none."""
    with suppress(OSError):
        return folder.is_absolute() and folder.stat().st_dev == data.stat().st_dev
    return False


def sync(folder: Path) -> None:
    """Have the disk remember the names in `folder` (fsync of the folder)."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
