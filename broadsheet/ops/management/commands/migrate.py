"""`broadsheet migrate`: as in Django, without statement timeouts; creates the data folder."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from broadsheet.ops.server import bootstrap


class Command(migrate.Command):
    help = "Create or update the database; on the first run also the data folder and its key."

    def execute(self, *args: Any, **options: Any) -> str | None:
        bootstrap.create_data_folder()
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor == "postgresql":  # a migration may take longer than a request
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
                cursor.execute("SET idle_in_transaction_session_timeout = 0")
        super().handle(*args, **options)
