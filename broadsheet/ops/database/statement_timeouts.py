"""Statement timeouts of PostgreSQL, which migrations are exempt from."""

from typing import Any

from django.db import connections
from django.db.models.signals import pre_migrate


def setup() -> None:
    """Lift the limits for migrations."""
    pre_migrate.connect(_without_limit, dispatch_uid="ops.statement_timeouts")


def _without_limit(using: str, **_kwargs: Any) -> None:
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
