"""A site with several nodes, started once per module."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ops.nodes import site as sites


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a folder that the user of PostgreSQL may enter."""
    with TemporaryDirectory(prefix="broadsheet-nodes-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[sites.Site]:
    """The site, with additional settings that `settings()` of the module returns."""
    more: dict[str, str] = getattr(request.module, "settings", dict)()
    with temporary_folder() as folder, sites.running(folder, more) as site:
        yield site
