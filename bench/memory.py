"""Memory of a server process after it has served many different pages."""

import http.client
import sys

from bench import data, processes, report, servers
from bench.servers import ROOT, free_port, running

PAGES = 10_000
HEAD = ("server process", "RSS, MB", "PSS, MB", "anonymous, MB")


def measure(*, posts: int) -> None:
    """Measure and record the table."""
    folder = data.broadsheet(posts)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = servers.broadsheet_env(folder, PORT=str(port))
    command = [sys.executable, "-m", "broadsheet", "serve"]
    with running(command, f"{base}/", env=env, cwd=ROOT) as process:
        before = {pid: processes.worked(pid) for pid in processes.family(process.pid)}
        start = {pid: processes.memory(pid) for pid in before}
        paths = data.paths(folder, PAGES)
        _read(port, paths)
        after = {pid: processes.worked(pid) - before[pid] for pid in before}
        worker = max(after, key=lambda pid: after[pid])
        name = f"after {len(paths):,} pages"
        sizes = {"at the start": start[worker], name: processes.memory(worker)}
    rows = [[name, *(f"{mb:.0f}" for mb in size.values())] for name, size in sizes.items()]
    report.record("memory", f"Memory of a server process, {posts:,} posts", HEAD, rows)


def _read(port: int, paths: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in paths:
        connection.request("GET", path, headers={"Accept-Encoding": "br"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}")
