"""A client of the page cache, and a fake application behind it."""

import pytest

from tests.pagecache.visitors import FakeApplication, Visitor


@pytest.fixture
def application() -> FakeApplication:
    """The fake application behind the page cache."""
    return FakeApplication()


@pytest.fixture
def visitor(application: FakeApplication) -> Visitor:
    """A client of the page cache."""
    return Visitor(application)
