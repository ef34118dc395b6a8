"""Storage in a folder whose files appear whole or not at all."""

import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from broadsheet.lib.storage import make_public

#: Where files are while they are written, and after how many seconds a kill has left one there.
PARTS = "parts"
_OLD = 24 * 60 * 60


class WholeFiles(FileSystemStorage):
    """Django's storage in a folder, which writes beside the place and then renames.

    What a full disk or a kill cuts short would otherwise be served under its name for ever.
    """

    def _save(self, name: str, content: File[Any]) -> str:
        """Write the file. Raises OSError, and then leaves nothing."""
        part = f"{PARTS}/{secrets.token_hex(16)}"
        place = Path(self.path(name))
        try:
            super()._save(part, content)  # type: ignore[misc]
            make_public(place.parent)
            Path(self.path(part)).replace(place)
        except OSError:
            with suppress(OSError):
                Path(self.path(part)).unlink()
            raise
        return name

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the files in a folder, without what is not whole yet."""
        folders, files = super().listdir(path)
        return [name for name in folders if path or name != PARTS], files

    def tidy(self) -> None:
        """Remove what a kill has left of files that were being written."""
        for part in Path(self.path(PARTS)).glob("*"):
            with suppress(OSError):  # also a disk that takes no writes
                if part.stat().st_mtime < time.time() - _OLD:
                    part.unlink()
