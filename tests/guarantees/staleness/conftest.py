"""A site with all its pages cached, which is restored for each test."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from pytest_django import DjangoDbBlocker, Settings

from tests.guarantees.staleness import databases, world
from tests.guarantees.staleness.cache_probe import CacheProbe, CacheSnapshot, Comparison
from tests.guarantees.staleness.changes import Change
from tests.guarantees.staleness.urls import sample_urls


class CachedSite:
    """The world, a cache probe, and a snapshot of the database and of the full cache."""

    def __init__(self) -> None:
        self.media_root = django_settings.MEDIA_ROOT
        self.world = world.create()
        self.database = databases.take_snapshot()
        self.probe = CacheProbe()
        self.urls = sample_urls(self.world, self.probe)
        self.snapshot: CacheSnapshot = self.probe.snapshot(self.urls)
        #: URLs of pages that are cached, or can be once they exist.
        existing = {url for url, reply in self.snapshot.replies.items() if reply.code == 200}
        self.cacheable = [
            url for url in self.urls if url in self.snapshot.cached or url not in existing
        ]

    def close(self) -> None:
        self.database.close()
        self.probe.close()

    def reset(self) -> None:
        """Restore the rows and the full cache."""
        self.database.restore()
        self.probe.restore(self.snapshot)

    def assert_not_stale_after(self, change: Change) -> Comparison:
        """Apply `change` while all pages are cached; assert that no page is stale afterwards."""
        self.reset()
        assert self.probe.is_filled(self.snapshot)
        change.apply(self.world)
        comparison = self.probe.compare(self.snapshot)
        assert comparison.stale == set()
        assert bool(comparison.changed) == change.is_visible
        return comparison


@pytest.fixture(scope="module")
def _cached_site(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[CachedSite]:
    folder = tmp_path_factory.mktemp("proof")
    media_root, django_settings.MEDIA_ROOT = django_settings.MEDIA_ROOT, folder / "media"
    with django_db_blocker.unblock(), databases.real_commits(folder):
        try:
            cached_site = CachedSite()
            yield cached_site
            cached_site.close()
        finally:
            django_settings.MEDIA_ROOT = media_root


@pytest.fixture
def db() -> None:
    """Replace pytest-django's fixture: tests here run without a transaction."""


@pytest.fixture
def cached_site(db: None, _cached_site: CachedSite, settings: Settings) -> CachedSite:
    """The world in its initial state with all its pages cached."""
    settings.MEDIA_ROOT = _cached_site.media_root
    _cached_site.reset()
    return _cached_site
