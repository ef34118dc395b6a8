"""Copying a site between databases and its media between storages; pending migrations."""


class CopyError(Exception):
    """The copy failed. The message, one line, names the cause and a solution."""
