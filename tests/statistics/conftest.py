"""The database, for every test of the statistics."""

import pytest


@pytest.fixture(autouse=True)
def database(db: None) -> None:
    """Allow access to the database."""
