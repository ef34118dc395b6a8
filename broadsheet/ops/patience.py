"""How long PostgreSQL may take for a statement, who may take longer, and waiting for it to come."""

import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection, connections
from django.db.models.signals import pre_migrate

#: Seconds between two looks for a database that is not there.
_PAUSE = 1


def watch() -> None:
    """Let migrations take as long as they take."""
    pre_migrate.connect(_without_limit, dispatch_uid="ops.patience")


def _without_limit(using: str, **_said: Any) -> None:
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")


def wait_for_database(say: Callable[[str], object]) -> None:
    """Wait until PostgreSQL takes connections, and say once why that takes long.

    A machine starts its services in any order, and a database that is gone comes back.
    """
    is_first = True
    while connection.vendor == "postgresql":
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if is_first:
                say(f"Waiting for the database: {str(error).strip().splitlines()[0]}")
            is_first = False
            time.sleep(_PAUSE)
        else:
            return
