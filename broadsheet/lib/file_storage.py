"""Local file storage with atomic writes, and the error of unavailable storage."""

import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.storage import FileSystemStorage

if TYPE_CHECKING:
    from django.core.files import File

#: Folder for files that are being written, and the age in seconds after which a file in it is
#: orphaned: its process was killed.
PARTS_FOLDER = "parts"
_STALE_SECONDS = 24 * 60 * 60


class StorageUnavailableError(OSError):
    """Storage is temporarily unavailable. The message says why, in one line."""


def make_public(folder: Path) -> None:
    """Create the folder and its missing parents with access for a web server.

    This process's umask denies access to others.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


class AtomicFileStorage(FileSystemStorage):
    """Django's file storage, which writes to a temporary name and then renames.

    Otherwise a file truncated by a full disk or a kill would be served under its name forever.
    """

    def _save(self, name: str, content: "File[Any]") -> str:
        """Write the file. Raises OSError, and then leaves no file."""
        part = f"{PARTS_FOLDER}/{secrets.token_hex(16)}"
        target = Path(self.path(name))
        try:
            super()._save(part, content)  # type: ignore[misc]
            make_public(target.parent)
            Path(self.path(part)).replace(target)
        except OSError:
            with suppress(OSError):
                Path(self.path(part)).unlink()
            raise
        return name

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the files in a folder, without unfinished files."""
        folders, files = super().listdir(path)
        return [name for name in folders if path or name != PARTS_FOLDER], files

    def delete_stale_parts(self) -> None:
        """Delete unfinished files that were left after a kill."""
        for part in Path(self.path(PARTS_FOLDER)).glob("*"):
            with suppress(OSError):  # also a read-only disk
                if part.stat().st_mtime < time.time() - _STALE_SECONDS:
                    part.unlink()
