"""File sources: a folder, a ZIP archive or a single file. Nothing is unpacked to disk."""

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from broadsheet.transfer.error_isolation import UnsupportedSourceError, isolate_errors

MAX_FILE_BYTES = 50_000_000
MAX_TOTAL_BYTES = 4_000_000_000
MAX_COMPRESSION_RATIO = 300
SMALL_FILE_BYTES = 1_000_000
MAX_ENTRIES = 500_000

#: Errors of unpacking: damage, a password, an unknown compression method.
_UNPACK_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, KeyError)


class FileSource(Protocol):
    """Files by name, with `/` between folders. `refused` lists files left out, with the reason.

    `is_single`: the user named a single file. `folder` is the name of the folder or archive that
    contains the files.
    """

    names: list[str]
    folder: str
    refused: list[tuple[str, str]]
    is_single: bool

    def read(self, name: str) -> bytes:
        """Return the file's bytes. Raises ValueError or OSError if it cannot be read."""

    def open(self, name: str) -> BinaryIO:
        """Open the file for reading from its beginning."""


def portable_name(name: str) -> str:
    """Return a file's name with `/` between folders, as valid Unicode.

    Some programs write `\\` into ZIP archives (APPNOTE 4.4.17.1 forbids it), and others unpack
    that into file names. File names on Linux may contain bytes that are not UTF-8.
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.replace("\\", "/")


class FolderSource:
    """A local folder. Links are not followed, hidden files are skipped."""

    is_single = False

    def __init__(self, path: Path) -> None:
        self._files: dict[str, Path] = {}
        self.folder = path.resolve().name
        self.refused: list[tuple[str, str]] = []
        for folder, folders, files in path.walk():
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for file_name in sorted(name for name in files if not name.startswith(".")):
                file = folder / file_name
                with isolate_errors(str(file), "listing", is_reading=True) as failure:
                    name = portable_name(file.relative_to(path).as_posix())
                    self._add(name, file)
                if failure.reason:
                    self.refused.append((ascii(file_name), failure.reason))
        self.names = list(self._files)

    def _add(self, name: str, file: Path) -> None:
        if file.is_symlink():
            self.refused.append((name, "is a symbolic link, which is not followed"))
        elif not file.is_file():  # reading a pipe would block forever
            self.refused.append((name, "is not a regular file"))
        elif name in self._files:
            self.refused.append((name, "has the same name as another file"))
        else:
            self._files[name] = file

    def read(self, name: str) -> bytes:
        """Return the file's bytes."""
        file = self._files[name]
        if file.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"is larger than {MAX_FILE_BYTES // 1_000_000} MB")
        return file.read_bytes()

    def open(self, name: str) -> BinaryIO:
        """Open the file."""
        return self._files[name].open("rb")


class SingleFileSource(FolderSource):
    """A single file."""

    is_single = True

    def __init__(self, path: Path) -> None:
        self._files, self.refused = {portable_name(path.name): path}, []
        self.folder = path.resolve().parent.name
        self.names = list(self._files)


class ZipSource:
    """A ZIP archive. Path traversal, links and ZIP bombs are refused, by name."""

    is_single = False

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        self._archive = archive
        self.folder = folder
        self._remaining = MAX_TOTAL_BYTES
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.refused: list[tuple[str, str]] = []
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise UnsupportedSourceError(f"The archive has more than {MAX_ENTRIES} entries.")
        for entry in entries:
            with isolate_errors(entry.filename, "listing", is_reading=True) as failure:
                self._add(portable_name(entry.filename), entry)
            if failure.reason:
                self.refused.append((ascii(entry.filename), failure.reason))
        self.names = sorted(self._entries)

    def _add(self, name: str, entry: zipfile.ZipInfo) -> None:
        parts = PurePosixPath(name).parts
        if name.endswith("/") or any(p.startswith(".") and p != ".." for p in parts):
            return
        if "__MACOSX" in parts:
            return
        if reason := _refusal(name, entry):
            self.refused.append((name, reason))
            return
        if name in self._entries:
            self.refused.append((name, "is in the archive twice; the last one is used"))
        self._entries[name] = entry

    def read(self, name: str) -> bytes:
        """Return the entry's bytes, limited whatever its header says."""
        limit = min(MAX_FILE_BYTES, self._remaining)
        try:
            with self._archive.open(self._entries[name]) as file:
                data = file.read(limit + 1)
        except _UNPACK_ERRORS as error:
            raise ValueError(f"cannot be unpacked ({error})") from error
        if len(data) > limit:
            raise ValueError("is too large when unpacked")
        self._remaining -= len(data)
        return data

    def open(self, name: str) -> BinaryIO:
        """Open the entry."""
        return io.BytesIO(self.read(name))


def _refusal(name: str, entry: zipfile.ZipInfo) -> str:
    path = PurePosixPath(name)
    if not path.parts:
        return "has no name"
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "has a name that points outside the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a symbolic link, which is not followed"
    if entry.file_size > MAX_FILE_BYTES:
        return f"is larger than {MAX_FILE_BYTES // 1_000_000} MB"
    if entry.file_size > SMALL_FILE_BYTES and entry.file_size > MAX_COMPRESSION_RATIO * max(
        1, entry.compress_size
    ):
        return "has a suspiciously high compression ratio"
    return ""


@contextmanager
def open_source(path: Path) -> Iterator[FileSource]:
    """Open a folder, a ZIP archive or a single file. Raises UnsupportedSourceError."""
    if path.is_dir():
        yield FolderSource(path)
    elif not path.exists():
        raise UnsupportedSourceError(f"{path} does not exist. Use an existing folder or file.")
    elif path.suffix.lower() == ".zip":
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise UnsupportedSourceError(
                f"{path.name} is not a ZIP archive, or it is damaged."
            ) from error
        with archive:
            yield ZipSource(archive, path.stem)
    else:
        yield SingleFileSource(path)
