"""Backups: one archive of the whole site, and the way back. `docs/backups.md` has the format."""

from broadsheet.ops.backup.history import last_backup, last_failure, last_proven

__all__ = ["last_backup", "last_failure", "last_proven"]
