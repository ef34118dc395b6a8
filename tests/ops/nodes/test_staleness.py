"""What one of three nodes has acknowledged, all of them show, and nginx before them."""

import pytest

from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_run import Course, run
from tests.guarantees.staleness.processes_stage import Stage
from tests.ops.nodes.site import Site


def settings() -> dict[str, str]:
    """Let each node be asked by itself, by its own address."""
    return {"ALLOWED_HOSTS": "127.0.0.2,127.0.0.3,127.0.0.4"}


@pytest.mark.slow
@pytest.mark.server("nginx")
def test_nothing_stale_is_read_from_any_node(site: Site, pytestconfig: pytest.Config) -> None:
    stage = Stage.set(site.nodes[0].data, "abcd", 3, **site.settings)
    nodes = [Node(node.server, 1) for node in site.nodes if node.server]
    nodes[0].front = site.port
    done = run(Course.of(pytestconfig, short=80, whole=5_000), stage, nodes, None)
    assert done.log.deeds.total() >= 80
    assert len(nodes) == 3
