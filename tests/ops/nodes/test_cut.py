"""The network between one node and the database is cut under load, and heals."""

import time
from collections.abc import Iterator

import pytest

from tests.ops.conftest import Within
from tests.ops.nodes import site as sites
from tests.ops.nodes.asking import Guest
from tests.ops.nodes.conftest import place
from tests.ops.nodes.load import KEPT, Known, load
from tests.ops.nodes.network import Network
from tests.ops.nodes.site import Site
from tests.ops.processes import wait_for

pytestmark = [pytest.mark.prove, pytest.mark.server("nginx")]
GONE_AFTER = 3  # seconds, what is said to who has to wait (connect_timeout, tcp_user_timeout)


@pytest.fixture
def network() -> Iterator[Network]:
    with Network().made() as network:
        yield network


@pytest.fixture
def site(network: Network) -> Iterator[Site]:
    """A site whose third node is elsewhere. It shows nothing that is not proven."""
    with place() as folder, sites.running(folder, {}, network.moved) as site:
        yield site


def test_a_node_is_cut_off_from_the_database(site: Site, network: Network, within: Within) -> None:
    known, guest, lost = Known.seed(site), Guest(site), site.nodes[2]
    with load(site, known, "a node cut off") as work:
        work.go_on(10)
        network.cut()
        wait_for(lambda: guest.get(lost, "/readyz").status == 503, "it to be noticed")
        began = time.monotonic()
        for _ in range(20):
            assert guest.get(lost, KEPT).status == 503, "it cannot know whether that is still so"
            assert guest.get(lost, "/healthz").status == 200
        assert time.monotonic() - began < 20 * GONE_AFTER / 2, "nobody waits"
        work.go_on(20)
        network.heal()
        took = work.healed(site.nodes)
    known.compare(site.primary.url)
    assert took < within(5)
    assert {one.status for one in work.readers.seen} == {200}, "others answered for it"
    assert {status for _title, status in work.writers.written.refused} <= {503}
