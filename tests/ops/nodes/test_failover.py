"""The primary is lost permanently under load, and its replica is promoted."""

import time

import pytest

from tests.ops.conftest import Within
from tests.ops.nodes.load import Known, load
from tests.ops.nodes.site import Site

pytestmark = [pytest.mark.prove, pytest.mark.server("nginx")]


def settings() -> dict[str, str]:
    """Let cached pages be served in the meantime."""
    return {"BROADSHEET_STALE_IF_ERROR_SECONDS": "600"}


def test_the_replica_is_promoted_when_the_primary_is_lost(site: Site, within: Within) -> None:
    known = Known.seed(site)
    with load(site, known, "the replica promoted") as running_load:
        running_load.wait_for_posts(10)
        site.primary.stop_at_once()
        time.sleep(2)  # until the outage is noticed
        site.replica.promote()
        seconds = running_load.wait_until_healed(site.nodes)
        running_load.wait_for_posts(10)
    known.compare(site.replica.url)
    assert seconds < within(5)
    assert {response.status for response in running_load.readers.responses} == {200}
    assert {status for _title, status in running_load.writers.written.refused} <= {502, 503}
