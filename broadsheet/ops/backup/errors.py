"""Errors of backup, restore and replication."""


class BackupError(Exception):
    """A backup or a restore failed. The message, one line, names the cause and a solution."""
