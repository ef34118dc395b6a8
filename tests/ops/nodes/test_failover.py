"""The primary is lost for good under load, and its replica takes its place."""

import time

import pytest

from tests.ops.conftest import Within
from tests.ops.nodes.load import Known, load
from tests.ops.nodes.site import Site

pytestmark = [pytest.mark.prove, pytest.mark.server("nginx")]


def settings() -> dict[str, str]:
    """Let kept pages be shown meanwhile."""
    return {"BROADSHEET_UNPROVEN_SECONDS": "600"}


def test_the_replica_takes_the_primary_s_place(site: Site, within: Within) -> None:
    known = Known.seed(site)
    with load(site, known, "the replica promoted") as work:
        work.go_on(10)
        site.primary.stop_at_once()
        time.sleep(2)  # until somebody notices
        site.replica.promote()
        took = work.healed(site.nodes)
        work.go_on(10)
    known.compare(site.replica.url)
    assert took < within(5)
    assert {one.status for one in work.readers.seen} == {200}
    assert {status for _title, status in work.writers.written.refused} <= {502, 503}
