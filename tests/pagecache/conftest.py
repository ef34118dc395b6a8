"""A client of the page cache, and the application behind it."""

import pytest

from tests.pagecache.visitors import Behind, Visitor


@pytest.fixture
def behind() -> Behind:
    """The application behind."""
    return Behind()


@pytest.fixture
def visitor(behind: Behind) -> Visitor:
    """A reader who asks the page cache."""
    return Visitor(behind)
