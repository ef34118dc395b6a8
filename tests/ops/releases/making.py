"""Stores the site of the version that is being released."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.ops.backup import sites
from tests.ops.processes import Server, fetch, free_port, run
from tests.ops.releases import Release

_CREATE = "from tests.guarantees.staleness import world; world.create()"
_URLS = """
import json
from tests.guarantees.staleness.urls import SAMPLES
print(json.dumps([address for row in SAMPLES.values() for address in row if "{" not in address]))
"""


def keep() -> None:
    """Create the site, its archive, and the list of the statuses of its URLs."""
    release = Release(version("broadsheet"))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        result = run(data, "migrate", "--verbosity=0")
        assert result.returncode == 0, result.stderr
        sites.shell(data, _CREATE)
        result = run(data, "backup")
        assert result.returncode == 0, result.stderr
        release.archive.write_bytes(sites.only(data / "backups").read_bytes())
        release.statuses_file.write_text(json.dumps(_statuses(data), indent=1) + "\n")


def _statuses(data: Path) -> dict[str, int]:
    urls = json.loads(sites.shell(data, _URLS))
    port = free_port()
    server = Server.start(data, ["broadsheet", "serve", "--port", str(port)], port)
    try:
        return {url: fetch(port, url)[0] for url in urls}
    finally:
        server.stop()
