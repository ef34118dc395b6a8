"""An archive as it is read: decrypted, decompressed, and each byte compared with its sums."""

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

from broadsheet.lib.storage import make_public
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
from broadsheet.ops.backup.errors import BackupError
from broadsheet.ops.backup.zstd import ZstdError, ZstdFile

#: The names that a file in an archive may have, and those of folders for any number of them.
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_FILES = {MANIFEST, CHECKSUMS, SETTINGS, KEY, *DATABASES.values()}
_FOLDERS = {"media", "theme"}


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an archive said of itself; its files are in `folder`."""

    folder: Path
    manifest: dict[str, Any]
    rows: dict[str, int]

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / DATABASES[self.manifest["engine"]]


def unpack(source: IO[bytes], identities: list[Identity], folder: Path) -> Unpacked:
    """Unpack `source` into the empty `folder`, and check all that can be. Raises BackupError."""
    try:
        with _decrypted(source, identities) as plain:
            return _unpack(plain, folder)
    except (tarfile.TarError, ZstdError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupError(_damaged(str(error) or "it ends too early")) from error


def _damaged(why: str) -> str:
    why = " ".join(why.split())
    return f"The archive is damaged ({why}): take another one, `broadsheet backups` lists them."


def _unpack(plain: IO[bytes], folder: Path) -> Unpacked:
    sealed = _Sealed(plain)
    found: dict[str, dict[str, Any]] = {}
    with ZstdFile(io.BufferedReader(sealed, CHUNK)) as tared:
        with tarfile.open(fileobj=tared, mode="r|", errorlevel=2) as tar:
            for entry in tar:
                if not found and entry.name != MANIFEST:
                    raise BackupError(
                        "This is no archive of Broadsheet: it begins with no manifest."
                    )
                _check(entry, found)
                found[entry.name] = _write(tar, entry, folder)
                if len(found) == 1:
                    manifest = _known(folder / MANIFEST)
        while tared.read(CHUNK):
            pass
    checksums = json.loads((folder / CHECKSUMS).read_text())
    del found[CHECKSUMS]
    if found != checksums["files"]:
        names = [n for n in {**found, **checksums["files"]} if _differs(n, found, checksums)]
        raise BackupError(_damaged(f"{', '.join(sorted(names)[:3])} is not what it was"))
    if DATABASES[manifest["engine"]] not in found:
        raise BackupError(_damaged("there is no database in it"))
    return Unpacked(folder, manifest, {str(k): int(v) for k, v in checksums["rows"].items()})


def _differs(name: str, found: dict[str, Any], checksums: dict[str, Any]) -> bool:
    return bool(found.get(name) != checksums["files"].get(name))


def _known(file: Path) -> dict[str, Any]:
    manifest = json.loads(file.read_text())
    if manifest["format"] > FORMAT:
        raise BackupError(
            f"The archive's format is {manifest['format']}, and this version knows {FORMAT}: "
            f"install Broadsheet {manifest.get('broadsheet')} or newer."
        )
    return cast("dict[str, Any]", manifest)


def _check(entry: tarfile.TarInfo, found: dict[str, dict[str, Any]]) -> None:
    """Raise BackupError for an entry that an archive of ours has not."""
    parts = PurePosixPath(entry.name).parts
    is_ours = entry.name in _FILES or (len(parts) > 1 and parts[0] in _FOLDERS)
    if not entry.isreg() or not is_ours or ".." in parts or entry.name in found:
        raise BackupError(_damaged(f"it has an entry {entry.name!r}"))


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


class _Sealed(io.RawIOBase):
    """What comes before the seal. Raises BackupError at the end, if that is not what was sealed."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._digest = source, hashlib.sha256()
        self._kept = b""
        self._is_over = False

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; return how many bytes that were, 0 at the end."""
        while not self._is_over and len(self._kept) <= SEAL_BYTES:
            chunk = self._source.read(CHUNK)
            self._kept += chunk
            self._is_over = not chunk
        count = min(len(buffer), len(self._kept) - SEAL_BYTES)
        if count <= 0:
            if self._kept != SEAL + self._digest.digest():
                raise BackupError(_damaged("its seal is broken, or it was cut short"))
            return 0
        data, self._kept = self._kept[:count], self._kept[count:]
        self._digest.update(data)
        buffer[:count] = data
        return count


@contextmanager
def _decrypted(source: IO[bytes], identities: list[Identity]) -> Iterator[IO[bytes]]:
    """Give the archive without its encryption, if it has one. Raises BackupError."""
    begin = source.read(len(MAGIC))
    whole = cast("IO[bytes]", io.BufferedReader(_Joined(begin, source), CHUNK))
    if begin != MAGIC:
        yield whole
        return
    if not identities:
        raise BackupError(
            "The archive is encrypted: name the file of your identity with --identity or "
            "BROADSHEET_BACKUP_IDENTITY."
        )
    out, into = os.pipe()
    errors: list[BaseException] = []

    def decrypt() -> None:
        with os.fdopen(into, "wb") as target:
            try:
                pyrage.decrypt_io(whole, target, identities)
            except BaseException as error:  # told in the other thread
                errors.append(error)

    thread = threading.Thread(target=decrypt, name="decrypt", daemon=True)
    thread.start()
    try:
        with os.fdopen(out, "rb") as plain:
            yield plain
    except Exception as error:
        thread.join()
        raise (_why(errors[0]) if errors else error) from error
    thread.join()
    if errors:
        raise _why(errors[0]) from errors[0]


def _why(error: BaseException) -> BackupError:
    if "No matching keys" in str(error):
        return BackupError(
            "The archive is encrypted for other keys: --identity names the right one."
        )
    return BackupError(_damaged(str(error)))


class _Joined(io.RawIOBase):
    """The `begin` that was read already, and the rest."""

    def __init__(self, begin: bytes, rest: IO[bytes]) -> None:
        self._begin, self._rest = begin, rest

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; return how many bytes that were, 0 at the end."""
        data = self._begin or self._rest.read(len(buffer))
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        self._begin = data[count:]
        return count
