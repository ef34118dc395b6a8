"""Files and folders of the front. What was removed stays so even after a loss of power."""

import contextlib
import itertools
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from broadsheet.lib.file_storage import make_public
from broadsheet.pagecache.front.names import SUFFIX

_numbers = itertools.count()
#: Seconds after which a file that was written aside is one that a crash left.
_OLD = 60


def write_aside(folder: Path, body: bytes, gzipped: bytes | None) -> Path:
    """Write a page and its gzip where nobody looks, and return where.

    Raises OSError, and then leaves nothing.
    """
    name = f"{os.getpid()}-{threading.get_ident()}-{next(_numbers)}{SUFFIX}"
    aside = folder / "new"
    make_public(aside)
    new = aside / name
    try:
        _write(new, body)
        if gzipped is not None:
            _write(_gzip_of(new), gzipped)
    except OSError:
        drop(new)
        raise
    return new


def move_in(new: Path, page: Path, number: int) -> None:
    """Put what was written aside in its place. nginx makes its ETag of the time and the size.

    So `number` is the time: no two files have the same.
    """
    make_public(page.parent)
    if _gzip_of(new).exists():
        os.utime(_gzip_of(new), (number + 1, number + 1))
        _gzip_of(new).replace(_gzip_of(page))
    os.utime(new, (number, number))
    new.replace(page)


def drop(new: Path) -> None:
    """Remove what was written aside and is not wanted."""
    for file in (new, _gzip_of(new)):
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def remove(pages: Path, paths: Iterable[str]) -> None:
    """Remove pages and their gzips. Raises OSError."""
    folders = set()
    for path in paths:
        page = pages / path
        for file in (page, _gzip_of(page)):
            try:
                file.unlink()
            except FileNotFoundError:
                continue
            folders.add(page.parent)
    for folder in folders:
        _sync(folder)


def take_away(folder: Path) -> None:
    """Take a whole folder out of sight, for `tidy` to remove. Raises OSError where it stays."""
    gone = folder.with_name(f"gone-{os.getpid()}-{time.time_ns()}")
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    _sync(folder.parent)


def pages_in(pages: Path) -> Iterator[str]:
    """Yield the names of all pages that lie there, also of those of which only the gzip does."""
    for file in pages.rglob("*"):
        if file.is_file():
            yield str(file.relative_to(pages)).removesuffix(".gz")


def tidy(folder: Path) -> None:
    """Remove what was taken away, and what a crash left beside the pages."""
    for gone in folder.glob("gone-*"):
        shutil.rmtree(gone, ignore_errors=True)
    for file in folder.glob("new/*"):
        with contextlib.suppress(OSError):
            if file.stat().st_mtime < time.time() - _OLD:
                file.unlink()


def identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of the same name; None where there is none."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _gzip_of(page: Path) -> Path:
    return page.with_name(f"{page.name}.gz")


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as open_file:
        open_file.write(content)
        os.fchmod(open_file.fileno(), 0o644)
        open_file.flush()
        os.fsync(open_file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
