"""Storages of archives: a folder or an S3 bucket."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

from broadsheet.ops.backup import BackupError
from broadsheet.ops.backup.archive_names import PREFIX, StoredArchive, is_archive

_PARTIAL = ".partial-"


class BackupStorage(Protocol):
    """A storage of archives. Its methods raise BackupError, with a clear message, or OSError."""

    def write(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Yield a file; the archive `name` appears only when it is complete."""

    def open(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""

    def list_archives(self) -> list[StoredArchive]:
        """Return the stored archives, oldest first."""

    def delete(self, name: str) -> None:
        """Delete the archive `name`."""


class FolderStorage:
    """A folder, created on the first write."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def __str__(self) -> str:
        return str(self.path)

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        """Yield a partial file, which is renamed when it is complete and synced."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._delete_partial_files()
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
                f"{self.path} cannot be written: {error.strerror or error}."
            ) from error

    def open(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""
        return (self.path / name).open("rb")

    def list_archives(self) -> list[StoredArchive]:
        """Return the stored archives, oldest first."""
        if not self.path.is_dir():
            return []
        files = sorted(file for file in self.path.iterdir() if is_archive(file.name))
        return [StoredArchive(file.name, file.stat().st_size) for file in files]

    def delete(self, name: str) -> None:
        """Delete the archive `name`. Raises BackupError."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise BackupError(f"{self.path / name} cannot be deleted: {error.strerror}.") from error

    def _delete_partial_files(self) -> None:
        """Delete partial files of interrupted backups: no process holds their lock."""
        for file in self.path.glob(f"{_PARTIAL}{PREFIX}*"):
            with suppress(OSError), file.open("rb") as partial:
                fcntl.flock(partial, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()


def get_storage(target: str) -> BackupStorage:
    """Return the storage at `target`: a folder, or s3://BUCKET/PREFIX."""
    if target.startswith("s3://"):
        from broadsheet.ops.backup.bucket import BucketStorage  # noqa: PLC0415 - boto3 is slow to import

        parts = urlsplit(target)
        return BucketStorage(parts.netloc, parts.path.strip("/"))
    return FolderStorage(Path(target))


def is_on_same_disk(folder: Path, data: Path) -> bool:
    """Return whether `folder` is on the same disk as `data`; False for s3://…"""
    with suppress(OSError):
        return folder.is_absolute() and folder.stat().st_dev == data.stat().st_dev
    return False


def sync(folder: Path) -> None:
    """Sync the directory entries of `folder` to disk (fsync)."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
