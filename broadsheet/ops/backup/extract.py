"""Extracting an archive: decrypts, decompresses, and compares every byte with its checksums."""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import pyrage

from broadsheet.lib.file_storage import make_public
from broadsheet.ops.backup import BackupError
from broadsheet.ops.backup.archive import (
    CHECKSUMS,
    CHUNK,
    FORMAT,
    KEY,
    MANIFEST,
    SEAL,
    SEAL_BYTES,
    SETTINGS,
)
from broadsheet.ops.backup.encryption import MAGIC, Identity
from broadsheet.ops.backup.zstd import ZstdError, ZstdFile

#: Allowed names of files in an archive, and of folders with any number of files.
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_FILES = {MANIFEST, CHECKSUMS, SETTINGS, KEY, *DATABASES.values()}
_FOLDERS = {"media", "theme"}


@dataclass(frozen=True, slots=True)
class ExtractedArchive:
    """An extracted archive: its files are in `folder`; `rows` are counts by table."""

    folder: Path
    manifest: dict[str, Any]
    rows: dict[str, int]

    @property
    def database(self) -> Path:
        """Path of the database file."""
        return self.folder / DATABASES[self.manifest["engine"]]


def extract_archive(
    source: IO[bytes], identities: list[Identity], folder: Path
) -> ExtractedArchive:
    """Extract `source` into the empty `folder` and check its integrity. Raises BackupError."""
    try:
        with _decrypted(source, identities) as plain:
            return _extract(plain, folder)
    except (tarfile.TarError, ZstdError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupError(_damaged(str(error) or "it is truncated")) from error


def _damaged(reason: str) -> str:
    reason = " ".join(reason.split())
    return f"The archive is damaged ({reason}). Use another one; `broadsheet backups` lists them."


def _extract(plain: IO[bytes], folder: Path) -> ExtractedArchive:
    sealed = _SealedReader(plain)
    files: dict[str, dict[str, Any]] = {}
    with ZstdFile(io.BufferedReader(sealed, CHUNK)) as decompressed:
        with tarfile.open(fileobj=decompressed, mode="r|", errorlevel=2) as tar:
            for entry in tar:
                if not files and entry.name != MANIFEST:
                    raise BackupError(
                        "This is not a Broadsheet archive: it does not start with a manifest."
                    )
                _check(entry, files)
                files[entry.name] = _write(tar, entry, folder)
                if len(files) == 1:
                    manifest = _read_manifest(folder / MANIFEST)
        while decompressed.read(CHUNK):
            pass
    checksums = json.loads((folder / CHECKSUMS).read_text())
    del files[CHECKSUMS]
    if files != checksums["files"]:
        names = [n for n in {**files, **checksums["files"]} if _differs(n, files, checksums)]
        raise BackupError(_damaged(f"the checksum of {', '.join(sorted(names)[:3])} is wrong"))
    if DATABASES[manifest["engine"]] not in files:
        raise BackupError(_damaged("it has no database"))
    return ExtractedArchive(
        folder, manifest, {str(k): int(v) for k, v in checksums["rows"].items()}
    )


def _differs(name: str, files: dict[str, Any], checksums: dict[str, Any]) -> bool:
    return bool(files.get(name) != checksums["files"].get(name))


def _read_manifest(file: Path) -> dict[str, Any]:
    manifest = json.loads(file.read_text())
    if manifest["format"] > FORMAT:
        raise BackupError(
            f"The archive has format {manifest['format']}, but this version supports {FORMAT}. "
            f"Install Broadsheet {manifest.get('broadsheet')} or newer."
        )
    return cast("dict[str, Any]", manifest)


def _check(entry: tarfile.TarInfo, files: dict[str, dict[str, Any]]) -> None:
    """Raise BackupError for an entry that does not belong in an archive."""
    parts = PurePosixPath(entry.name).parts
    is_ours = entry.name in _FILES or (len(parts) > 1 and parts[0] in _FOLDERS)
    if not entry.isreg() or not is_ours or ".." in parts or entry.name in files:
        raise BackupError(_damaged(f"it has an invalid entry {entry.name!r}"))


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> dict[str, Any]:
    target, digest = folder / entry.name, hashlib.sha256()
    make_public(target.parent)
    is_public = entry.name.partition("/")[0] in _FOLDERS
    source = tar.extractfile(entry)
    number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644 if is_public else 0o600)
    with os.fdopen(number, "wb") as file:
        if is_public:
            os.fchmod(number, 0o644)  # whatever the umask
        while source is not None and (chunk := source.read(CHUNK)):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        if not is_public:
            os.fsync(file.fileno())
    os.utime(target, (entry.mtime, entry.mtime))
    return {"sha256": digest.hexdigest(), "size": target.stat().st_size}


class _SealedReader(io.RawIOBase):
    """Reads everything before the seal. Raises BackupError at the end if the seal is wrong."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._digest = source, hashlib.sha256()
        self._buffer = b""
        self._is_exhausted = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; return the number of bytes, 0 at the end."""
        while not self._is_exhausted and len(self._buffer) <= SEAL_BYTES:
            chunk = self._source.read(CHUNK)
            self._buffer += chunk
            self._is_exhausted = not chunk
        count = min(len(buffer), len(self._buffer) - SEAL_BYTES)
        if count <= 0:
            if self._buffer != SEAL + self._digest.digest():
                raise BackupError(_damaged("its authentication tag is wrong, or it is truncated"))
            return 0
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        self._digest.update(data)
        buffer[:count] = data
        return count


@contextmanager
def _decrypted(source: IO[bytes], identities: list[Identity]) -> Iterator[IO[bytes]]:
    """Yield the archive decrypted, if it is encrypted. Raises BackupError."""
    prefix = source.read(len(MAGIC))
    archive = cast("IO[bytes]", io.BufferedReader(_PrefixedReader(prefix, source), CHUNK))
    if prefix != MAGIC:
        yield archive
        return
    if not identities:
        raise BackupError(
            "The archive is encrypted. Provide the file with your private key with --identity "
            "or BROADSHEET_BACKUP_IDENTITY."
        )
    out, into = os.pipe()
    errors: list[BaseException] = []

    def decrypt() -> None:
        with os.fdopen(into, "wb") as target:
            try:
                pyrage.decrypt_io(archive, target, identities)
            except BaseException as error:  # raised in the other thread
                errors.append(error)

    thread = threading.Thread(target=decrypt, name="decrypt", daemon=True)
    thread.start()
    try:
        with os.fdopen(out, "rb") as plain:
            yield plain
    except Exception as error:
        thread.join()
        raise (_decryption_error(errors[0]) if errors else error) from error
    thread.join()
    if errors:
        raise _decryption_error(errors[0]) from errors[0]


def _decryption_error(error: BaseException) -> BackupError:
    if "No matching keys" in str(error):
        return BackupError(
            "The archive is encrypted for other keys. Provide the right one with --identity."
        )
    return BackupError(_damaged(str(error)))


class _PrefixedReader(io.RawIOBase):
    """Reads a `prefix` that was read before, then the rest."""

    def __init__(self, prefix: bytes, rest: IO[bytes]) -> None:
        self._prefix, self._rest = prefix, rest

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; return the number of bytes, 0 at the end."""
        data = self._prefix or self._rest.read(len(buffer))
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        self._prefix = data[count:]
        return count
