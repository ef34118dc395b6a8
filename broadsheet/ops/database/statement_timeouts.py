"""How long PostgreSQL may take for a statement, who may take longer, and waiting for it to come."""

from typing import Any

from django.db import connections
from django.db.models.signals import pre_migrate


def watch() -> None:
    """Let migrations take as long as they take."""
    pre_migrate.connect(_without_limit, dispatch_uid="ops.patience")


def _without_limit(using: str, **_said: Any) -> None:
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
