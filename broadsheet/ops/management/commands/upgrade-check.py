"""`broadsheet upgrade-check`: what an upgrade will do, before it does."""

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
        "Say which migrations this version would run, whether the version that is running survives "
        "them, and whether there is room and a backup. Fails where something is in the way."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        steps = migration_plan.pending()
        if not steps:
            self.stdout.write("Nothing to do.")
            return
        self.stdout.write(f"{len(steps)} migrations are to be run:")
        for step in steps:
            self.stdout.write(f"  {step.name}: {'; '.join(step.does)}")
        if lacking := _lacking():
            raise CommandError(lacking)
        if not _is_new(steps):
            self._say_what_breaks(steps)
            self.stdout.write(f"Backup: {health_checks.backup().message}.")
        self.stdout.write("Run `broadsheet migrate`, then restart the site.")

    def _say_what_breaks(self, steps: list[migration_plan.Step]) -> None:
        broken = [f"  {step.name}: {reason}" for step in steps for reason in step.breaks]
        if broken:
            self.stdout.write("The running version does not survive:")
            self.stdout.write("\n".join(broken))
            raise CommandError("Stop the site, run `broadsheet migrate`, and start it again.")


def _is_new(steps: list[migration_plan.Step]) -> bool:
    """Return whether nothing can be running, for the database is still empty."""
    return any(step.name == "contenttypes.0001_initial" for step in steps)


def _lacking() -> str:
    """Return what is missing for it: SQLite writes a table that changes once more."""
    if connection.vendor != "sqlite":
        return ""
    name = Path(str(connection.settings_dict["NAME"]))
    size = name.stat().st_size if name.exists() else 0
    free = shutil.disk_usage(settings.DATA).free
    if free > size + health_checks.MIN_FREE_BYTES:
        return ""
    return (
        f"{size // 1_000_000:,} MB must be free in {settings.DATA}; {free // 1_000_000:,} MB are."
    )
