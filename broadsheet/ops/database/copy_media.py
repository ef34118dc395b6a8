"""Copying media files between storages: folders or S3 buckets."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

from broadsheet.lib.file_storage import PARTS_FOLDER, StorageUnavailableError
from broadsheet.ops.database import CopyError
from broadsheet.ops.database.progress_bar import ProgressBar, Say

_THREADS = 8  # most of the time is spent waiting for S3


def copy_media(source: str, target: str, say: Say) -> None:
    """Copy the files that are missing, and compare all; both are a folder or s3://….

    The source is only read. Raises CopyError.
    """
    if source.rstrip("/") == target.rstrip("/"):
        raise CopyError("Source and target are the same.")
    try:
        old, new = _open_storage(source), _open_storage(target)
        names = sorted(_names(old))
        if not names:
            raise CopyError(f"{source} has no files.")
        copied = _map_files(
            names,
            lambda name: _copy(old, new, name),
            ProgressBar(say, "Copying", len(names), "files"),
        )
        say(f"{sum(copied):,} of {len(names):,} files copied; the others already existed.")
        progress_bar = ProgressBar(say, "Checking", len(names), "files")
        for name, is_same in zip(
            names, _map_files(names, _comparing(old, new), progress_bar), strict=True
        ):
            if not is_same:
                raise CopyError(f"{name} differs in {target}. Delete it there and try again.")
        progress_bar.end()
    except OSError as error:
        message = (
            str(error)
            if isinstance(error, StorageUnavailableError)
            else f"{error.filename}: {error.strerror}"
        )
        raise CopyError(f"{message}. Run the same command again to resume.") from error


def _open_storage(location: str) -> Any:
    if not location.startswith("s3://"):
        return FileSystemStorage(Path(location).absolute())
    from broadsheet.lib.s3_storage import MediaS3Storage  # noqa: PLC0415 - boto3 is slow to import

    return MediaS3Storage(location)


def _names(storage: Any) -> Iterable[str]:
    if not isinstance(storage, FileSystemStorage):
        names: Iterable[str] = storage.names()
        return names
    root = Path(storage.location)
    files = (file.relative_to(root) for file in root.rglob("*") if file.is_file())
    return (str(file) for file in files if file.parts[0] != PARTS_FOLDER)


def _map_files[T](
    names: list[str], function: Callable[[str], T], progress_bar: ProgressBar
) -> Iterator[T]:
    """Call `function` for each file in threads; yield the results in order."""
    with ThreadPoolExecutor(_THREADS) as threads:
        for batch in batched(names, _THREADS * 8):
            yield from threads.map(function, batch)
            progress_bar.add("", len(batch))


def _copy(old: Any, new: Any, name: str) -> bool:
    """Copy a file; return False if one of its size exists. A partial copy is replaced."""
    with old.open(name) as file:
        if new.exists(name):
            if new.size(name) == file.size:
                return False
            new.delete(name)
        new.save(name, file)
    return True


def _comparing(old: Any, new: Any) -> Callable[[str], bool]:
    return lambda name: _checksum(old, name) == _checksum(new, name)


def _checksum(storage: Any, name: str) -> str:
    with storage.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
