"""A site with three nodes and two workers behind nginx, as real processes on one machine."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ops import nginx
from tests.ops.nodes.services import KEYS, S3, Redis
from tests.ops.processes import Server, free_port, run, set_up, wait_for
from tests.ops.prove.databases import Database, Replica


@dataclass
class Node:
    """A web server of the site: its address, data folder, settings and process."""

    host: str
    data: Path
    settings: dict[str, str]
    within: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    server: Server | None = None

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT."""
        return f"{self.host}:{self.port}"

    def start(self) -> None:
        """Start `broadsheet serve`, and wait until it listens."""
        variables = {**self.settings, "HOST": self.host, "PORT": str(self.port)}
        command = ["broadsheet", "serve"]
        self.server = Server.start(self.data, command, self.port, within=self.within, **variables)

    def kill(self) -> None:
        """Kill all its processes, as a loss of power would."""
        if self.server is not None:
            self.server.kill()


@dataclass
class Site:
    """The site: readers use nginx, on `port` of this machine."""

    folder: Path
    settings: dict[str, str]
    port: int
    primary: Database
    replica: Replica
    redis: Redis
    s3: S3
    nodes: list[Node]
    workers: list[Server] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address that readers use."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str) -> str:
        """Run a command on the first node, and return its output."""
        result = run(self.nodes[0].data, *command, **self.settings)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def shell(self, code: str) -> str:
        """Run Python on the first node."""
        return self.run("shell", "--no-imports", "-c", code)

    def start_worker(self, name: str) -> Server:
        """Start `broadsheet worker` with its own data folder."""
        data, port = self.folder / name / "data", free_port()
        data.parent.mkdir(exist_ok=True)
        variables = {**self.settings, "BROADSHEET_METRICS_ADDRESS": f"127.0.0.1:{port}"}
        worker = Server.start(data, ["broadsheet", "worker"], port, **variables)
        self.workers.append(worker)
        return worker

    def restart_workers(self, **more: str) -> None:
        """Restart all workers, with the additional settings `more`."""
        before, self.workers = self.workers, []
        self.settings |= more
        for worker in before:
            worker.stop()
            self.start_worker(worker.data.parent.name)

    def kill_workers(self) -> None:
        """Kill all workers."""
        for worker in self.workers:
            worker.kill()

    @property
    def claim_link(self) -> str:
        """The claim link that the first node printed at startup."""
        server = self.nodes[0].server
        assert server is not None
        wait_for(lambda: "/claim/" in server.output, "the link that claims the site")
        link = re.search(r"http://\S+/claim/\S+", server.output)
        assert link is not None
        return link[0]


@contextmanager
def running(
    folder: Path, more: Mapping[str, str], moved: Callable[[Node], Node] | None = None
) -> Iterator[Site]:
    """Run everything with the additional settings `more` until the block ends.

    `moved` moves the third node to another network.
    """
    nginx.skip_if_missing()
    with ExitStack() as stack:
        site = _create(folder, stack, dict(more))
        if moved is not None:
            site.nodes[2] = moved(site.nodes[2])
        set_up(site.nodes[0].data, **site.settings)
        for node in site.nodes:
            stack.callback(node.kill)
            if node is not site.nodes[0]:  # collecting them again would take a while
                shutil.copytree(site.nodes[0].data / "static", node.data / "static")
            node.start()
        stack.callback(site.kill_workers)
        for name in ("worker-one", "worker-two"):
            site.start_worker(name)
        options = [f"--node={node.address}" for node in site.nodes]
        configuration = nginx.write_configuration(
            folder / "nginx", site.nodes[0].data, *options, **site.settings
        )
        stack.enter_context(nginx.running(configuration, site.port))
        yield site


def _create(folder: Path, stack: ExitStack, more: dict[str, str]) -> Site:
    """Start the services; return a site whose nodes are not started yet."""
    primary = Database(folder / "primary")
    primary.start()
    stack.callback(_stop, primary)
    replica = Replica(folder / "replica", primary)
    replica.start()
    stack.callback(_stop, replica)
    primary.enable_synchronous_replication()
    redis, s3 = Redis(folder / "redis"), S3()
    for service in (redis, s3):
        stack.callback(service.stop)
        service.start()
    s3.create_empty_bucket()
    port = free_port()
    settings = _settings(port, primary.port, replica.port, redis.port, s3.port) | more
    nodes = []
    for number, name in enumerate(("one", "two", "three"), start=2):
        (folder / name).mkdir()
        nodes.append(Node(f"127.0.0.{number}", folder / name / "data", settings))
    return Site(folder, settings, port, primary, replica, redis, s3, nodes)


def _stop(database: Database) -> None:
    if database.is_running:
        database.stop_at_once()


def _settings(port: int, primary: int, replica: int, redis: int, s3: int) -> dict[str, str]:
    """Return the settings of all nodes and workers."""
    hosts = f"127.0.0.1:{primary},127.0.0.1:{replica}"
    return {
        "BROADSHEET_URL": f"http://127.0.0.1:{port}",
        "BROADSHEET_PROXIES": "1",
        "BROADSHEET_WORKER": "no",
        "BROADSHEET_API_PER_MINUTE": "0",
        "SECRET_KEY": "k" * 50,
        "DATABASE_URL": f"postgresql://broadsheet@{hosts}/postgres?target_session_attrs=read-write",
        "DATABASE_REPLICA_URL": f"postgresql://broadsheet@127.0.0.1:{replica}/postgres",
        "CACHE_URL": f"redis://127.0.0.1:{redis}/0",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{s3}",
        **KEYS,
    }
