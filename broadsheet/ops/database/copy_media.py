"""Copying images from one storage into another: a folder, or a bucket of S3."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

from broadsheet.lib.storage import Gone
from broadsheet.lib.whole_files import PARTS
from broadsheet.ops.database.errors import CopyError
from broadsheet.ops.database.progress_bar import Meter, Say

_AT_ONCE = 8  # files under way: what takes time is S3's answers


def copy_media(source: str, target: str, say: Say) -> None:
    """Copy all files that are not there, and compare every one; each is a folder or s3://….

    The source is only read. Raises CopyError.
    """
    if source.rstrip("/") == target.rstrip("/"):
        raise CopyError("Both are the same place.")
    try:
        old, new = _opened(source), _opened(target)
        names = sorted(_names(old))
        if not names:
            raise CopyError(f"{source} holds no files.")
        copied = _each(
            names, lambda name: _copy(old, new, name), Meter(say, "Copying", len(names), "files")
        )
        say(f"{sum(copied):,} of {len(names):,} files copied; the others were there.")
        meter = Meter(say, "Checking", len(names), "files")
        for name, is_same in zip(names, _each(names, _comparing(old, new), meter), strict=True):
            if not is_same:
                raise CopyError(
                    f"{name} is not the same in {target}. Remove it there and try again."
                )
        meter.end()
    except OSError as error:
        said = str(error) if isinstance(error, Gone) else f"{error.filename}: {error.strerror}"
        raise CopyError(f"{said}. The same command again goes on.") from error


def _opened(place: str) -> Any:
    if not place.startswith("s3://"):
        return FileSystemStorage(Path(place).absolute())
    from broadsheet.lib.bucket import Bucket  # noqa: PLC0415 - boto3 takes a while

    return Bucket(place)


def _names(storage: Any) -> Iterable[str]:
    if not isinstance(storage, FileSystemStorage):
        names: Iterable[str] = storage.names()
        return names
    root = Path(storage.location)
    files = (file.relative_to(root) for file in root.rglob("*") if file.is_file())
    return (str(file) for file in files if file.parts[0] != PARTS)


def _each[T](names: list[str], do: Callable[[str], T], meter: Meter) -> Iterator[T]:
    """Do it with each file, some at a time, and yield what came of it in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for some in batched(names, _AT_ONCE * 8):
            yield from threads.map(do, some)
            meter.count("", len(some))


def _copy(old: Any, new: Any, name: str) -> bool:
    """Copy a file; return False where one of its size is there. A half of one is replaced."""
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
