"""A site served as in production, and the tools that check it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, Server, free_port, run, set_up

TOOLS = ROOT / "node_modules"


@pytest.fixture(scope="session")
def site_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a site with the sample posts."""
    if sys.platform != "linux":
        pytest.skip("needs Linux's /proc to end the server it starts")
    data = tmp_path_factory.mktemp("web") / "data"
    set_up(data)
    result = run(
        data, "shell", "--no-imports", "-c", "from tests.web import stories; stories.create_posts()"
    )
    assert result.returncode == 0, result.stderr
    port = free_port()
    server = Server.start(data, ["broadsheet", "serve"], port, PORT=str(port))
    yield f"http://127.0.0.1:{port}"
    server.kill()


def tool(path: str) -> Path:
    """Return a file of a tool that package.json pins; skip the test if it is not installed."""
    if not (TOOLS / path).exists():
        pytest.skip(f"needs node_modules/{path} (npm ci)")
    return TOOLS / path


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return tool("axe-core/axe.min.js").read_text()


@pytest.fixture(scope="session")
def nu_checker() -> list[str]:
    """The command of the Nu HTML checker."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("needs java (default-jre-headless)")
    return [java, "-jar", str(tool("vnu-jar/build/dist/vnu.jar"))]


@pytest.fixture(scope="session")
def lighthouse(chromium: str) -> list[str]:
    """The command of Lighthouse."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    return [node, str(tool("lighthouse/cli/index.js"))]
