"""Storage in a folder whose files appear whole or not at all."""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """Django's storage in a folder, which writes beside the place and then renames.

    What a full disk or a kill cuts short would otherwise be served under its name for ever.
    """

    def _save(self, name: str, content: File[Any]) -> str:
        """Write the file. Raises OSError, and then leaves nothing."""
        part = f"{name}.{secrets.token_hex(8)}.part"
        try:
            super()._save(part, content)  # type: ignore[misc]
            Path(self.path(part)).replace(self.path(name))
        except OSError:
            with suppress(OSError):
                Path(self.path(part)).unlink()
            raise
        return name
