"""Full-text indexes of SQLite and PostgreSQL, with the same functions."""

from types import ModuleType

from django.db import connection

from broadsheet.search.backends import postgresql, sqlite

_BACKENDS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def backend(vendor: str) -> ModuleType:
    """Return the module of the index in databases of `vendor`."""
    return _BACKENDS[vendor]


def current_backend() -> ModuleType:
    """Return the module of the index in the default database."""
    return backend(connection.vendor)
