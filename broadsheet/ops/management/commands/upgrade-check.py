"""`broadsheet upgrade-check`: preview an upgrade of the database."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from broadsheet.ops.database import migration_plan
from broadsheet.ops.monitoring import health_checks


class Command(BaseCommand):
    help = (
        "Print the pending migrations of this version, whether the running version survives them, "
        "and whether there is enough space and a backup. Fails if anything is missing."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        pending = migration_plan.pending_migrations()
        if not pending:
            self.stdout.write("Nothing to do.")
            return
        self.stdout.write(f"{len(pending)} migrations to run:")
        for migration in pending:
            self.stdout.write(f"  {migration.name}: {'; '.join(migration.does)}")
        if message := _missing_space():
            raise CommandError(message)
        if not _is_empty(pending):
            self._report_breaking(pending)
            self.stdout.write(f"Backup: {health_checks.backup().message}.")
        self.stdout.write("Run `broadsheet migrate`, then restart the site.")

    def _report_breaking(self, pending: list[migration_plan.PendingMigration]) -> None:
        breaking = [
            f"  {migration.name}: {reason}" for migration in pending for reason in migration.breaks
        ]
        if breaking:
            self.stdout.write("The running version does not work with:")
            self.stdout.write("\n".join(breaking))
            raise CommandError("Stop the site, run `broadsheet migrate`, and start it again.")


def _is_empty(pending: list[migration_plan.PendingMigration]) -> bool:
    """Return whether the database is empty, so that nothing can be running."""
    return any(migration.name == "contenttypes.0001_initial" for migration in pending)


def _missing_space() -> str:
    """Return an error message if space is missing: SQLite rewrites a table that changes."""
    if connection.vendor != "sqlite":
        return ""
    name = Path(str(connection.settings_dict["NAME"]))
    size = name.stat().st_size if name.exists() else 0
    free = shutil.disk_usage(settings.DATA).free
    if free > size + health_checks.MIN_FREE_BYTES:
        return ""
    return (
        f"{size // 1_000_000:,} MB must be free in {settings.DATA}, but only "
        f"{free // 1_000_000:,} MB are."
    )
