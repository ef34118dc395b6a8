"""Backups: one archive of the whole site, and the way back. `docs/backups.md` has the format."""
