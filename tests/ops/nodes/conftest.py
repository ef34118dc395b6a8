"""A site of several nodes, started once for the tests of a module."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ops.nodes import site as sites


@contextmanager
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter, too."""
    with TemporaryDirectory(prefix="broadsheet-nodes-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[sites.Site]:
    """The site, with the settings that the module's `settings()` returns besides."""
    more: dict[str, str] = getattr(request.module, "settings", dict)()
    with place() as folder, sites.running(folder, more) as site:
        yield site
