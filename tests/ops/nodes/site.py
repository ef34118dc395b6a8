"""A site of three nodes and two workers behind nginx, all of them real, on one machine."""

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
    """A machine that answers: its address, its data folder, and what it runs."""

    host: str
    data: Path
    settings: dict[str, str]
    within: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    server: Server | None = None

    @property
    def address(self) -> str:
        """Where it answers, as HOST:PORT."""
        return f"{self.host}:{self.port}"

    def start(self) -> None:
        """Start `broadsheet serve`, and wait until it answers."""
        output = {**self.settings, "HOST": self.host, "PORT": str(self.port)}
        command = ["broadsheet", "serve"]
        self.server = Server.start(self.data, command, self.port, within=self.within, **output)

    def kill(self) -> None:
        """Kill all of it, as a loss of power would."""
        if self.server is not None:
            self.server.kill()


@dataclass
class Site:
    """The site: readers ask nginx, on `port` of this machine."""

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
        """Run a command of Broadsheet's on the first node, and return what it printed."""
        done = run(self.nodes[0].data, *command, **self.settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python on the first node."""
        return self.run("shell", "--no-imports", "-c", code)

    def start_worker(self, name: str) -> Server:
        """Start `broadsheet worker` with a data folder of its own."""
        data, port = self.folder / name / "data", free_port()
        data.parent.mkdir(exist_ok=True)
        output = {**self.settings, "BROADSHEET_METRICS_ADDRESS": f"127.0.0.1:{port}"}
        worker = Server.start(data, ["broadsheet", "worker"], port, **output)
        self.workers.append(worker)
        return worker

    def restart_workers(self, **more: str) -> None:
        """Stop all workers, and start as many with the settings `more` besides."""
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
        """What the first node said at its start."""
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
    """Start everything with the settings `more`, and end it with the block.

    `moved` takes the third node and returns it in another place.
    """
    nginx.needed()
    with ExitStack() as stack:
        site = _made(folder, stack, dict(more))
        if moved is not None:
            site.nodes[2] = moved(site.nodes[2])
        set_up(site.nodes[0].data, **site.settings)
        for node in site.nodes:
            stack.callback(node.kill)
            if node is not site.nodes[0]:  # they would take a while to collect the same
                shutil.copytree(site.nodes[0].data / "static", node.data / "static")
            node.start()
        stack.callback(site.kill_workers)
        for name in ("worker-one", "worker-two"):
            site.start_worker(name)
        options = [f"--node={node.address}" for node in site.nodes]
        configuration = nginx.configured(
            folder / "nginx", site.nodes[0].data, *options, **site.settings
        )
        stack.enter_context(nginx.running(configuration, site.port))
        yield site


def _made(folder: Path, stack: ExitStack, more: dict[str, str]) -> Site:
    """Start the services, and return a site that is not started yet."""
    primary = Database(folder / "primary")
    primary.start()
    stack.callback(_stopped, primary)
    replica = Replica(folder / "replica", primary)
    replica.start()
    stack.callback(_stopped, replica)
    primary.wait_for_its_replica()
    redis, s3 = Redis(folder / "redis"), S3()
    for service in (redis, s3):
        stack.callback(service.stop)
        service.start()
    s3.make_bucket()
    port = free_port()
    settings = _settings(port, primary.port, replica.port, redis.port, s3.port) | more
    nodes = []
    for number, name in enumerate(("one", "two", "three"), start=2):
        (folder / name).mkdir()
        nodes.append(Node(f"127.0.0.{number}", folder / name / "data", settings))
    return Site(folder, settings, port, primary, replica, redis, s3, nodes)


def _stopped(database: Database) -> None:
    if database.is_running:
        database.stop_at_once()


def _settings(port: int, primary: int, replica: int, redis: int, s3: int) -> dict[str, str]:
    """Return what all nodes and workers have in common."""
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
