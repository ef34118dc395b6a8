"""`broadsheet move SOURCE TARGET`: copy the site from SQLite to PostgreSQL, or back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.ops.backup import data_lock
from broadsheet.ops.database import CopyError
from broadsheet.ops.database.copy import copy_database, has_other_connections


class Command(BaseCommand):
    help = (
        "Copy the site from one database into another, empty one, and verify every row. The source"
        " is not changed. Run the same command again to resume an interrupted copy."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", help="URL of the database, as in DATABASE_URL: sqlite:///FILE"
        )
        parser.add_argument(
            "target", help="URL of an empty database: postgresql://user:password@host/name"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self._check_unused(options["source"])
        try:
            copy_database(options["source"], options["target"], self._say)
        except CopyError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted. Run the same command again to resume.") from interrupt
        self._say(
            "All rows are copied and verified. Set DATABASE_URL to the new database and start "
            "the site. The old database is unchanged."
        )

    def _check_unused(self, source: str) -> None:
        """Raise CommandError while the source is in use: the copy would soon be out of date."""
        file = source.removeprefix("sqlite:///")
        if source.startswith(("postgres://", "postgresql://")):
            is_in_use = has_other_connections(source)
        else:
            is_in_use = data_lock.is_in_use(Path(file).absolute().parent)
        if is_in_use:
            raise CommandError(
                "The site is in use. Stop `broadsheet serve`, its workers and all other "
                "commands on all machines, then run the same command again."
            )

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
