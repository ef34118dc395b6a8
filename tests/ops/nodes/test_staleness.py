"""Writes that one of three nodes has acknowledged are shown by all nodes and by nginx."""

import pytest

from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_run import RunOptions, run
from tests.guarantees.staleness.processes_site import SeededSite
from tests.ops.nodes.site import Site


def settings() -> dict[str, str]:
    """Let each node be requested by its own IP address."""
    return {"ALLOWED_HOSTS": "127.0.0.2,127.0.0.3,127.0.0.4"}


@pytest.mark.slow
@pytest.mark.server("nginx")
@pytest.mark.prove
def test_no_node_serves_stale_content(site: Site, pytestconfig: pytest.Config) -> None:
    seeded_site = SeededSite.create(site.nodes[0].data, "abcd", 3, **site.settings)
    nodes = [Node(node.server, 1) for node in site.nodes if node.server]
    nodes[0].front = site.port
    result = run(
        RunOptions.from_config(pytestconfig, short=80, full=5_000), seeded_site, nodes, None
    )
    assert result.log.edits.total() >= 80
    assert len(nodes) == 3
