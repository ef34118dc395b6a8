"""The world of the proof, and how it goes back to what it was."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from pytest_django import DjangoDbBlocker, Settings

from tests.guarantees.staleness import databases, world
from tests.guarantees.staleness.addresses import addresses
from tests.guarantees.staleness.deeds import Deed
from tests.guarantees.staleness.reading import Findings, Instrument, Warm


class Stage:
    """A world, an instrument, and the pages of the world as they are at first."""

    def __init__(self) -> None:
        self.media_root = django_settings.MEDIA_ROOT
        self.world = world.make()
        self.held = databases.held()
        self.instrument = Instrument()
        self.addresses = addresses(self.world, self.instrument)
        self.warm: Warm = self.instrument.warm(self.addresses)
        #: What is kept, or may be once it is there.
        there = {address for address, reply in self.warm.replies.items() if reply.code == 200}
        self.keepable = [a for a in self.addresses if a in self.warm.kept or a not in there]

    def close(self) -> None:
        self.held.close()
        self.instrument.close()

    def reset(self) -> None:
        """Begin anew: the rows as they were, and everything kept that may be."""
        self.held.restore()
        self.instrument.rewarm(self.warm)

    def try_out(self, deed: Deed) -> Findings:
        """Do something to the world with all its pages kept, and see that none is stale."""
        self.reset()
        assert self.instrument.is_warm(self.warm)
        deed.do(self.world)
        found = self.instrument.compare(self.warm)
        assert found.stale == set()
        assert bool(found.changed) == deed.tells, "readers see it" if found.changed else "unseen"
        return found


@pytest.fixture(scope="module")
def _stage(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("proof")
    media_root, django_settings.MEDIA_ROOT = django_settings.MEDIA_ROOT, folder / "media"
    with django_db_blocker.unblock(), databases.real_commits(folder):
        try:
            stage = Stage()
        finally:
            django_settings.MEDIA_ROOT = media_root
        yield stage
        stage.close()


@pytest.fixture
def db() -> None:
    """Say that a test database is needed; here no transaction stands around a test."""


@pytest.fixture
def stage(db: None, _stage: Stage, settings: Settings) -> Stage:
    """The world as it is at first, and its pages kept."""
    settings.MEDIA_ROOT = _stage.media_root
    _stage.reset()
    return _stage
