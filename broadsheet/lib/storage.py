"""What is known of storage without asking which it is, and folders that others may enter."""

from pathlib import Path


class Gone(OSError):
    """Files can be neither read nor written at the moment. The message says why, in one line."""


def make_public(folder: Path) -> None:
    """Make the folder, and those above it that are missing, for a web server to enter.

    This process's umask lets nobody else in.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        place.chmod(0o755)
