"""PostgreSQL servers with durable commits, and a replica by streaming."""

import os
import pwd
import shutil
import signal
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.ops.processes import free_port, wait_for
from tests.postgresql import programs

_IS_SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Database:
    """A PostgreSQL server with its data in `folder`. It listens on all addresses."""

    def __init__(self, folder: Path) -> None:
        """Create it, stopped."""
        self.port, self._data, self._folder = free_port(), folder / "data", folder
        is_root = os.geteuid() == 0  # PostgreSQL does not run as root
        user = "postgres" if is_root else pwd.getpwuid(os.geteuid()).pw_name
        self._user_options: dict[str, Any] = {"user": user} if is_root else {}
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, user)
        self._create()
        self.url = f"postgresql://broadsheet@127.0.0.1:{self.port}/postgres"

    def _create(self) -> None:
        self._run("initdb", "-A", "trust", "-U", "broadsheet", "-N")
        with (self._data / "pg_hba.conf").open("a") as access:
            access.write("host all all samenet trust\n")

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        options = f"-p {self.port} -k {self._folder} -c max_connections=200 -h '*'"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop_at_once(self) -> None:
        """Stop it as a loss of power would: it writes nothing more."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return (self._data / "postmaster.pid").exists()

    def freeze(self) -> None:
        """Suspend it with its connections open, as on a disk that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume it."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(first, number)  # it starts no more children from then on
        children = Path(f"/proc/{first}/task/{first}/children")
        for pid in map(int, children.read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def execute(self, statement: str) -> list[Any]:
        """Execute and commit a statement, and return its rows."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def enable_synchronous_replication(self) -> None:
        """From now on, acknowledge commits only when the replica has them."""
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.execute("SELECT pg_reload_conf()")
        wait_for(lambda: self.execute(_IS_SYNCHRONOUS) == [(1,)], "the replica to connect")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(programs() / program), "-D", str(self._data), *arguments]
        subprocess.run(
            command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, **self._user_options
        )


class Replica(Database):
    """A streaming replica of another server, until it is promoted."""

    def __init__(self, folder: Path, primary: Database) -> None:
        """Copy the primary, which must be running."""
        self._primary = primary
        super().__init__(folder)

    def _create(self) -> None:
        self._run("pg_basebackup", "-R", "-c", "fast", f"--dbname={self._primary.url}")

    def promote(self) -> None:
        """Accept writes from now on."""
        self._run("pg_ctl", "-w", "promote")
