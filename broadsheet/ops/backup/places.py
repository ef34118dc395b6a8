"""Where archives are: in a folder or in a bucket of S3."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from broadsheet.ops.backup.failure import Failure

BEGIN, ENDS = "broadsheet-", (".tar.zst", ".tar.zst.age")
_PARTIAL = ".partial-"


@dataclass(frozen=True, slots=True)
class Stored:
    """An archive that is there: its name and its size in bytes."""

    name: str
    size: int


class Place(Protocol):
    """Where archives are kept. All raise Failure, in words, or OSError."""

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Give a file; what was written is there as `name` once it is whole, and not before."""

    def reading(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""

    def archives(self) -> list[Stored]:
        """Return the archives that are there, the oldest first."""

    def remove(self, name: str) -> None:
        """Remove the archive `name`."""


def is_archive(name: str) -> bool:
    """Whether `name` is one that archives are given."""
    return name.startswith(BEGIN) and name.endswith(ENDS)


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
            raise Failure(f"{self.path} takes no archive: {error.strerror or error}.") from error

    def reading(self, name: str) -> IO[bytes]:
        """Open the archive `name`."""
        return (self.path / name).open("rb")

    def archives(self) -> list[Stored]:
        """Return the archives that are there, the oldest first."""
        if not self.path.is_dir():
            return []
        found = [file for file in self.path.iterdir() if is_archive(file.name)]
        return [Stored(file.name, file.stat().st_size) for file in sorted(found)]

    def remove(self, name: str) -> None:
        """Remove the archive `name`."""
        (self.path / name).unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove what backups left behind that were cut off: nobody holds its lock any more."""
        for file in self.path.glob(f"{_PARTIAL}{BEGIN}*"):
            with suppress(OSError), file.open("rb") as left:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()


def sync(folder: Path) -> None:
    """Have the disk remember the names in `folder` (fsync of the folder)."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
