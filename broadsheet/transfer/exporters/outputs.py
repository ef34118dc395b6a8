"""Export outputs: a new folder or ZIP archive, which is created completely or not at all."""

import datetime as dt
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class ExportOutput(Protocol):
    """Accepts files by name."""

    def put(self, name: str, data: bytes, *, at: dt.datetime) -> None:
        """Write a file that was last changed at `at`."""


class _FolderOutput:
    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, name: str, data: bytes, *, at: dt.datetime) -> None:
        file = self._path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        os.utime(file, (at.timestamp(), at.timestamp()))


class _ZipOutput:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, name: str, data: bytes, *, at: dt.datetime) -> None:
        # ZIP supports years from 1980 to 2107.
        year = min(max(at.year, 1980), 2107)
        entry = zipfile.ZipInfo(name, (year, at.month, at.day, at.hour, at.minute, at.second))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._archive.writestr(entry, data)


@contextmanager
def open_output(path: Path) -> Iterator[ExportOutput]:
    """Open an output; it gets its final name when everything is written. Raises OSError."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(f"{path} already exists. Use a new folder or file.")
    partial = path.with_name(f"{path.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(partial, "w") as archive:
                yield _ZipOutput(archive)
        else:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            yield _FolderOutput(partial)
        partial.replace(path)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)
