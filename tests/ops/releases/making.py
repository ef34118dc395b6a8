"""Keep a site as the version that is being released leaves it."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.ops.backup import sites
from tests.ops.processes import Server, fetch, free_port, run
from tests.ops.releases import Release

_MAKE = "from tests.guarantees.staleness import world; world.create()"
_ADDRESSES = """
import json
from tests.guarantees.staleness.urls import SAMPLES
print(json.dumps([address for row in SAMPLES.values() for address in row if "{" not in address]))
"""


def keep() -> None:
    """Make the site, its archive, and the list of what its addresses answer."""
    release = Release(version("broadsheet"))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        result = run(data, "migrate", "--verbosity=0")
        assert result.returncode == 0, result.stderr
        sites.shell(data, _MAKE)
        result = run(data, "backup")
        assert result.returncode == 0, result.stderr
        release.archive.write_bytes(sites.only(data / "backups").read_bytes())
        release.answered.write_text(json.dumps(_answers(data), indent=1) + "\n")


def _answers(data: Path) -> dict[str, int]:
    addresses = json.loads(sites.shell(data, _ADDRESSES))
    port = free_port()
    server = Server.start(data, ["broadsheet", "serve", "--port", str(port)], port)
    try:
        return {address: fetch(port, address)[0] for address in addresses}
    finally:
        server.stop()
