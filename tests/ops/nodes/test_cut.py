"""The network between a node and the database is cut under load, and restored."""

import time
from collections.abc import Iterator

import pytest

from tests.ops.conftest import Within
from tests.ops.nodes import site as sites
from tests.ops.nodes.client import Client
from tests.ops.nodes.conftest import temporary_folder
from tests.ops.nodes.load import CACHED_PATH, Known, load
from tests.ops.nodes.network import Network
from tests.ops.nodes.site import Site
from tests.ops.processes import wait_for

pytestmark = [pytest.mark.prove, pytest.mark.server("nginx")]
GONE_AFTER = 3  # seconds until a connection counts as lost (connect_timeout, tcp_user_timeout)


@pytest.fixture
def network() -> Iterator[Network]:
    with Network().created() as network:
        yield network


@pytest.fixture
def site(network: Network) -> Iterator[Site]:
    """A site whose third node has its own network. Cached pages are always validated."""
    with temporary_folder() as folder, sites.running(folder, {}, network.moved) as site:
        yield site


def test_a_node_cut_off_from_the_database_gets_503_at_once_and_recovers(
    site: Site, network: Network, within: Within
) -> None:
    known, client, isolated = Known.seed(site), Client(site), site.nodes[2]
    with load(site, known, "a node cut off") as running_load:
        running_load.wait_for_posts(10)
        network.cut()
        wait_for(lambda: client.get(isolated, "/readyz").status == 503, "the node to notice")
        began = time.monotonic()
        for _ in range(20):
            assert client.get(isolated, CACHED_PATH).status == 503, (
                "the cached page cannot be validated"
            )
            assert client.get(isolated, "/healthz").status == 200
        assert time.monotonic() - began < 20 * GONE_AFTER / 2, "no request waits"
        running_load.wait_for_posts(20)
        network.heal()
        seconds = running_load.wait_until_healed(site.nodes)
    known.compare(site.primary.url)
    assert seconds < within(5)
    assert {response.status for response in running_load.readers.responses} == {200}, (
        "other nodes responded instead"
    )
    assert {status for _title, status in running_load.writers.written.refused} <= {503}
