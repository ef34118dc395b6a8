"""PostgreSQL with its usual care for what was committed, and a replica that follows it."""

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
    """A server of PostgreSQL, whose data is in `folder`. It listens on all addresses."""

    def __init__(self, folder: Path) -> None:
        """Make it, and leave it stopped."""
        self.port, self._data, self._folder = free_port(), folder / "data", folder
        is_root = os.geteuid() == 0  # which PostgreSQL refuses to run as
        user = "postgres" if is_root else pwd.getpwuid(os.geteuid()).pw_name
        self._rights: dict[str, Any] = {"user": user} if is_root else {}
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, user)
        self._make()
        self.url = f"postgresql://broadsheet@127.0.0.1:{self.port}/postgres"

    def _make(self) -> None:
        self._run("initdb", "-A", "trust", "-U", "broadsheet", "-N")
        with (self._data / "pg_hba.conf").open("a") as rights:
            rights.write("host all all samenet trust\n")

    def start(self) -> None:
        """Start it, and wait until it answers."""
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
        """Let it do nothing, but hold its connections, as on a disk that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(first, number)  # which has no more children from then on
        children = Path(f"/proc/{first}/task/{first}/children")
        for pid in map(int, children.read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def execute(self, statement: str) -> list[Any]:
        """Return the rows of a statement, which is committed."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def enable_synchronous_replication(self) -> None:
        """Acknowledge from now on only what the replica has, too."""
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.execute("SELECT pg_reload_conf()")
        wait_for(lambda: self.execute(_IS_SYNCHRONOUS) == [(1,)], "the replica to follow")

    def _run(self, program: str, *words: str) -> None:
        command = [str(programs() / program), "-D", str(self._data), *words]
        subprocess.run(
            command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, **self._rights
        )


class Replica(Database):
    """A server that follows another one by streaming, until it is promoted."""

    def __init__(self, folder: Path, primary: Database) -> None:
        """Copy the primary, which runs."""
        self._primary = primary
        super().__init__(folder)

    def _make(self) -> None:
        self._run("pg_basebackup", "-R", "-c", "fast", f"--dbname={self._primary.url}")

    def promote(self) -> None:
        """Take writes from now on."""
        self._run("pg_ctl", "-w", "promote")
