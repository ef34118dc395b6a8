"""Backups: one archive of the whole site, and its restore. `docs/backups.md` has the format."""


class BackupError(Exception):
    """A backup or a restore failed. The message, one line, names the cause and a solution."""
