"""Backups: one archive of the whole site, and its restore. `docs/backups.md` has the format."""
