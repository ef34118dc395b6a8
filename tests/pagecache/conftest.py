"""A reader of the page cache; front files, and the log of changes that they follow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.pagecache.front import files
from broadsheet.pagecache.front.files import Front
from tests.pagecache.fronts import BEGUN, Log, begun
from tests.pagecache.visitors import Behind, Visitor


@pytest.fixture
def behind() -> Behind:
    """The application behind."""
    return Behind()


@pytest.fixture
def visitor(behind: Behind) -> Visitor:
    """A reader who asks the page cache."""
    return Visitor(behind)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """A log of changes that the fronts of the test follow."""
    log = Log()
    monkeypatch.setattr(files, "clock", log.clock)
    yield log
    while BEGUN:
        BEGUN.pop().rest()


@pytest.fixture
def front(log: Log, tmp_path: Path) -> Front:
    """A front that has no files yet."""
    return begun(tmp_path)
