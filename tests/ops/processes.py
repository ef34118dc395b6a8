"""Run commands as users do: in separate processes, with their own data folder."""

import fcntl
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from broadsheet.lib import secret_keys

ROOT = Path(__file__).parents[2]
PATIENCE = 600  # seconds: several of these run in parallel, on slow machines
#: Ports outside the range that the system assigns itself, other ones in each pytest-xdist process.
#: The first one depends on the process, as tests may run more than once on a machine.
_PORTS = range(12_000, 17_000)
_OFFSET = 5_000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)
_counter = itertools.count(os.getpid())
#: For `copytree`: temporary files of modules that another process is compiling may disappear.
IGNORE_TEMPORARY = shutil.ignore_patterns("*.pyc.*")


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return environment variables with only the data folder and `more` set."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    site = {"BROADSHEET_ENV": os.devnull, "BROADSHEET_DATA": str(data), "PYTHONPATH": str(ROOT)}
    return inherited | site | more


def run(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `broadsheet ARGUMENTS` and wait until it ends."""
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *arguments],
        env=environment(data, **more),
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def set_up(data: Path, **more: str) -> None:
    """Create the data folder of a site with its tables and static files, and nothing else.

    Both are copied, which is fast. Tests of the setup itself run the commands instead.
    """
    is_elsewhere = "DATABASE_URL" in more
    ignored = shutil.ignore_patterns("broadsheet.sqlite3") if is_elsewhere else None
    shutil.copytree(_template(), data, ignore=ignored)
    secret_keys.current_key(data / "secret-key")
    if is_elsewhere:
        migrated = run(data, "migrate", "--verbosity=0", **more)
        assert migrated.returncode == 0, migrated.stderr


@cache
def _template() -> Path:
    """Return the folder of a site that is set up; the first process of the run creates it."""
    shared = Path(os.environ["TESTS_SHARED"])
    data = shared / "template"
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            unfinished = shared / "making"
            for command in ("migrate", "collectstatic"):
                done = run(unfinished, command, "--no-input", "--verbosity=0")
                assert done.returncode == 0, done.stderr
            for path in {*unfinished.iterdir()} - {
                unfinished / "broadsheet.sqlite3",
                unfinished / "static",
            }:
                shutil.rmtree(path) if path.is_dir() else path.unlink()  # each site gets its own
            unfinished.rename(data)
    return data


def free_port() -> int:
    """Return a port that nothing listens on; it is not returned again."""
    while True:
        port = _PORTS[next(_counter) % len(_PORTS)] + _OFFSET
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something listens on `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def fetch(port: int, path: str = "/") -> tuple[int, str]:
    """Return the status and the text of a response."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as response:
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def processes_of(data: Path) -> list[int]:
    """Return the IDs of the processes that use the data folder `data`."""
    wanted = f"BROADSHEET_DATA={data}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if wanted in variables and state != "Z":
            found.append(int(folder.name))
    return sorted(found)


def command(pid: int) -> bytes:
    """Return a process's arguments, each ended by a zero byte; b"" if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_for(condition: object, what: str, *, patience: float = PATIENCE) -> None:
    """Wait until `condition()` is true; fail after `patience` seconds, naming `what`."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError(f"timed out waiting for {what}")


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    port: int
    data: Path
    log: Path
    host: str = "127.0.0.1"

    @staticmethod
    def spawn(
        data: Path, command: list[str], log: IO[str], *, within: Sequence[str] = (), **more: str
    ) -> subprocess.Popen[str]:
        """Start `command`, with the program `within` around it, and do not wait."""
        return subprocess.Popen(
            [*within, sys.executable, "-m", *command],
            env=environment(data, **more),
            cwd=data.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @classmethod
    def start(
        cls, data: Path, command: list[str], port: int, *, within: Sequence[str] = (), **more: str
    ) -> "Server":
        """Start `command`, with the program `within` around it; wait until it listens on `port`."""
        log = data.parent / f"server-{port}.log"
        with log.open("w") as file:
            process = cls.spawn(data, command, file, within=within, **more)
        host = more.get("HOST", "127.0.0.1")
        server = cls(process, port, data, log, host)
        try:
            wait_for(
                lambda: process.poll() is not None or is_listening(port, host),
                "the port to be open",
            )
            assert process.poll() is None, log.read_text()
        except BaseException:
            server.kill()
            raise
        return server

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal to stop, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill it and all processes that it left behind."""
        self.process.kill()
        self.process.wait()
        wait_for(self._is_gone, "all processes to end")

    def _is_gone(self) -> bool:
        """Kill the remaining processes; return whether there were none."""
        remaining = processes_of(self.data)
        for pid in remaining:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not remaining
