"""Pages are rendered from a replica if it is recent enough, and otherwise from the primary."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ops.processes import PATIENCE, Server, fetch, run, set_up, wait_for
from tests.ops.prove.databases import Database, Replica
from tests.ops.prove.test_kills import SEED

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def databases() -> Iterator[tuple[Database, Replica]]:
    with TemporaryDirectory(prefix="broadsheet-replica-") as folder:
        Path(folder).chmod(0o755)
        primary = Database(Path(folder) / "primary")
        primary.start()
        replica = Replica(Path(folder) / "replica", primary)
        replica.start()
        yield primary, replica
        for one in (replica, primary):
            if one.is_running:
                one.stop_at_once()


class Site:
    """A site on a primary with a replica."""

    def __init__(self, start: Callable[..., Server], data: Path, urls: dict[str, str]) -> None:
        self._settings = {**urls, "BROADSHEET_API_PER_MINUTE": "0", "BROADSHEET_WORKER": "no"}
        set_up(data, **self._settings)
        self._token = run(data, "shell", "--no-imports", "-c", SEED, **self._settings).stdout
        self.server = start("broadsheet", "serve", "--port", "{port}", data=data, **self._settings)

    def publish(self, title: str) -> None:
        body = json.dumps({"title": title, "content": "Text.", "status": "published"})
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}/api/v1/posts",
            body.encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            assert response.status == 201

    def shows(self, title: str) -> bool:
        status, page = fetch(self.server.port)
        assert status == 200
        return title in page

    @property
    def replicated(self) -> int:
        """How many responses were rendered from the replica."""
        result = run(self.server.data, "metrics", **self._settings).stdout
        name = "broadsheet_page_cache_from_replica_total"
        return int(sum(float(x.split()[-1]) for x in result.splitlines() if x.startswith(name)))


@pytest.mark.prove
def test_acknowledged_changes_are_visible_however_far_the_replica_lags(
    start: Callable[..., Server], tmp_path: Path, databases: tuple[Database, Replica]
) -> None:
    primary, replica = databases
    urls = {"DATABASE_URL": primary.url, "DATABASE_REPLICA_URL": replica.url}
    site = Site(start, tmp_path / "data", urls)

    def is_rendered_from_replica() -> bool:
        before = site.replicated
        fetch(site.server.port, f"/?nothing={before}")
        site.publish(f"Post {before}")
        wait_for(lambda: replica.execute("SELECT pg_last_wal_replay_lsn()") >= lsn(), "the replica")
        assert site.shows(f"Post {before}")
        return site.replicated > before

    def lsn() -> list[object]:
        return primary.execute("SELECT pg_current_wal_flush_lsn()")

    wait_for(is_rendered_from_replica, "a page from the replica")
    replica.execute("SELECT pg_wal_replay_pause()")
    before_writes = site.replicated
    for number in range(3):
        site.publish(f"While it waits {number}")
        assert site.shows(f"While it waits {number}")
    assert site.replicated == before_writes
    replica.execute("SELECT pg_wal_replay_resume()")
    wait_for(is_rendered_from_replica, "a page from the replica again")
    replica.stop_at_once()
    for number in range(3):
        site.publish(f"Without it {number}")
        assert site.shows(f"Without it {number}")
    assert "cannot be read" in site.server.output
    replica.start()
    wait_for(is_rendered_from_replica, "a page from the replica after its restart")
    replica.promote()
    before_writes = site.replicated
    site.publish("Of the primary")
    assert site.shows("Of the primary")
    assert site.replicated == before_writes


@pytest.mark.prove
def test_a_replica_of_another_primary_is_not_used(
    start: Callable[..., Server], tmp_path: Path, databases: tuple[Database, Replica]
) -> None:
    primary, _replica = databases
    with TemporaryDirectory(prefix="broadsheet-other-") as folder:
        Path(folder).chmod(0o755)
        other = Database(Path(folder) / "other")
        other.start()
        urls = {"DATABASE_URL": primary.url, "DATABASE_REPLICA_URL": other.url}
        site = Site(start, tmp_path / "data", urls)
        site.publish("Ours")
        assert site.shows("Ours")
        assert site.replicated == 0
        assert "not a replica of DATABASE_URL" in site.server.output
        other.stop_at_once()
