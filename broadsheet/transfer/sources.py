"""Where files come from: a folder, a ZIP archive or a single file. Nothing is unpacked to disk."""

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from broadsheet.transfer import faults
from broadsheet.transfer.faults import Unsuitable

FILE_BYTES = 50_000_000
TOTAL_BYTES = 4_000_000_000
RATIO = 300
SMALL = 1_000_000
ENTRIES = 500_000

#: What unpacking raises for damage, for a password and for a packing that is not known here.
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, KeyError)


class Source(Protocol):
    """Files by name, with `/` between folders. `refused` says which were left out, and why.

    `is_single` tells whether somebody named the only file itself. `folder` is what the folder or
    the archive that all files are in is called.
    """

    names: list[str]
    folder: str
    refused: list[tuple[str, str]]
    is_single: bool

    def read(self, name: str) -> bytes:
        """Return the file's bytes. Raises ValueError or OSError for what cannot be read."""

    def open(self, name: str) -> BinaryIO:
        """Open the file for reading from its beginning."""


def portable(name: str) -> str:
    """Return a file's name with `/` between folders, as text that can be written anywhere.

    Some programs write `\\` into ZIP archives (APPNOTE 4.4.17.1 forbids it), and others unpack
    that into names of files; names on Linux may hold bytes that are no UTF-8.
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.replace("\\", "/")


class Folder:
    """A folder on this machine. Links are not followed, hidden files are passed over."""

    is_single = False

    def __init__(self, path: Path) -> None:
        self._files: dict[str, Path] = {}
        self.folder = path.resolve().name
        self.refused: list[tuple[str, str]] = []
        for folder, folders, files in path.walk():
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for file_name in sorted(name for name in files if not name.startswith(".")):
                file = folder / file_name
                with faults.contained(str(file), "listing", is_reading=True) as fault:
                    name = portable(file.relative_to(path).as_posix())
                    self._add(name, file)
                if fault.reason:
                    self.refused.append((ascii(file_name), fault.reason))
        self.names = list(self._files)

    def _add(self, name: str, file: Path) -> None:
        if file.is_symlink():
            self.refused.append((name, "is a link, and links are not followed"))
        elif not file.is_file():  # a pipe would be waited for without end
            self.refused.append((name, "is no ordinary file"))
        elif name in self._files:
            self.refused.append((name, "has the name of another file"))
        else:
            self._files[name] = file

    def read(self, name: str) -> bytes:
        """Return the file's bytes."""
        file = self._files[name]
        if file.stat().st_size > FILE_BYTES:
            raise ValueError(f"is larger than {FILE_BYTES // 1_000_000} MB")
        return file.read_bytes()

    def open(self, name: str) -> BinaryIO:
        """Open the file."""
        return self._files[name].open("rb")


class Single(Folder):
    """One file."""

    is_single = True

    def __init__(self, path: Path) -> None:
        self._files, self.refused = {portable(path.name): path}, []
        self.folder = path.resolve().parent.name
        self.names = list(self._files)


class Archive:
    """A ZIP archive. Names that climb out of it, links and bombs are refused, by name."""

    is_single = False

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        self._archive = archive
        self.folder = folder
        self._left = TOTAL_BYTES
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.refused: list[tuple[str, str]] = []
        entries = archive.infolist()
        if len(entries) > ENTRIES:
            raise Unsuitable(f"The archive has more than {ENTRIES} entries.")
        for entry in entries:
            with faults.contained(entry.filename, "listing", is_reading=True) as fault:
                self._add(portable(entry.filename), entry)
            if fault.reason:
                self.refused.append((ascii(entry.filename), fault.reason))
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
            self.refused.append((name, "is in the archive twice; the last one counts"))
        self._entries[name] = entry

    def read(self, name: str) -> bytes:
        """Return the entry's bytes, never more than it may have, whatever its header says."""
        limit = min(FILE_BYTES, self._left)
        try:
            with self._archive.open(self._entries[name]) as file:
                data = file.read(limit + 1)
        except _DAMAGE as error:
            raise ValueError(f"cannot be unpacked ({error})") from error
        if len(data) > limit:
            raise ValueError("is larger unpacked than is taken")
        self._left -= len(data)
        return data

    def open(self, name: str) -> BinaryIO:
        """Open the entry."""
        return io.BytesIO(self.read(name))


def _refusal(name: str, entry: zipfile.ZipInfo) -> str:
    path = PurePosixPath(name)
    if not path.parts:
        return "has no name"
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "has a name that leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link, and links are not followed"
    if entry.file_size > FILE_BYTES:
        return f"is larger than {FILE_BYTES // 1_000_000} MB"
    if entry.file_size > SMALL and entry.file_size > RATIO * max(1, entry.compress_size):
        return "unpacks to far more than it should"
    return ""


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a folder, a ZIP archive or a single file. Raises Unsuitable."""
    if path.is_dir():
        yield Folder(path)
    elif not path.exists():
        raise Unsuitable(f"There is nothing at {path}. Name a folder or a file that exists.")
    elif path.suffix.lower() == ".zip":
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise Unsuitable(f"{path.name} is no ZIP archive, or a damaged one.") from error
        with archive:
            yield Archive(archive, path.stem)
    else:
        yield Single(path)
