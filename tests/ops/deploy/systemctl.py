#!/usr/bin/python3
"""Replacement for systemctl without systemd: starts the commands of units as their users.

Sockets are ignored: without them `serve` listens itself.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS = Path("/etc/systemd/system")


def pid_file(unit: str) -> Path:
    return Path("/run/nginx.pid" if unit == "nginx.service" else f"/run/{unit}.pid")


def pid_of(unit: str) -> int:
    """Return the process ID of a unit, or 0."""
    with suppress(OSError, ValueError):
        pid = int(pid_file(unit).read_text())
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return 0 if state == "Z" else pid
    return 0


def start(unit: str) -> None:
    if pid_of(unit) or unit.endswith(".socket"):
        return
    if unit == "nginx.service":
        subprocess.run(["nginx"], check=True)
        return
    options = dict(re.findall(r"^(\w+)=(.+)$", (UNITS / unit).read_text(), re.MULTILINE))
    lines = Path(options["EnvironmentFile"]).read_text().splitlines()
    variables = [shlex.split(line)[0] for line in lines if line and not line.startswith("#")]
    command = ["runuser", "-u", options["User"], "--", "env", "-i", *variables]
    with Path(f"/var/log/{unit}.log").open("a") as log:
        process = subprocess.Popen(
            [*command, *shlex.split(options["ExecStart"])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=int(options["UMask"], 8),
            start_new_session=True,
        )
    pid_file(unit).write_text(str(process.pid))


def stop(unit: str) -> None:
    with suppress(ProcessLookupError):
        if pid := pid_of(unit):
            os.kill(pid, signal.SIGTERM)
    while pid_of(unit):
        time.sleep(0.05)


def main(verb: str, *words: str) -> None:
    units = [word for word in words if not word.startswith("-")]
    with Path("/var/log/systemctl").open("a") as log:
        log.write(f"{verb} {' '.join(words)}\n")
    if verb == "is-active":
        sys.exit(0 if all(map(pid_of, units)) else 3)
    if verb == "reload":
        subprocess.run(["nginx", "-s", "reload"], check=True)
    for unit in units:
        if verb == "restart":
            stop(unit)
        if verb == "restart" or "--now" in words:
            start(unit)


main(*sys.argv[1:])
