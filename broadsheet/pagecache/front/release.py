"""What pages are made with, apart from the database: code, templates, theme and settings."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import django
from django.conf import settings

_KINDS = {".py", ".html", ".txt", ".xml", ".json", ".mo"}


def fingerprint() -> str:
    """Return a digest that changes whenever pages may look different for other reasons than rows.

    Files count by their size and their time, as Python's own bytecode cache has it.
    """
    digest = blake2b(django.__version__.encode(), digest_size=12)
    for value in settings.ENV:
        digest.update(f"{value.setting.name}={value.value}\n".encode())
    for file in _files():
        status = file.stat()
        digest.update(f"{file} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for root in (settings.PACKAGE, settings.DATA / "theme"):
        for folder, folders, names in root.walk():
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            is_theme = root != settings.PACKAGE
            yield from (folder / n for n in sorted(names) if is_theme or Path(n).suffix in _KINDS)
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.exists():
        yield manifest
