"""`broadsheet migrate`: as in Django, and on the first run it creates the data folder."""

from typing import Any

from django.core.management.commands import migrate

from broadsheet.ops.server import bootstrap


class Command(migrate.Command):
    help = "Create or update the database; on the first run also the data folder and its key."

    def execute(self, *args: Any, **options: Any) -> str | None:
        bootstrap.initialize()
        return super().execute(*args, **options)
