"""A real nginx with the configuration that `broadsheet nginx` prints."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ops.processes import is_listening, run, wait_for

_MIMES = Path("/etc/nginx/mime.types")


def needed() -> None:
    """Skip the test where nginx is not installed."""
    if shutil.which("nginx") is None:
        pytest.skip("needs nginx")


def configured(folder: Path, data: Path, *options: str, **more: str) -> Path:
    """Write nginx's configuration around what `broadsheet nginx` prints, and return its file."""
    printed = run(data, "nginx", "--cache", str(folder / "copies"), *options, **more)
    assert printed.returncode == 0, printed.stderr
    return around(folder, printed.stdout)


def around(folder: Path, site: str) -> Path:
    """Write nginx's configuration around that of a site, and return its file."""
    folder.mkdir(exist_ok=True)
    (folder / "site.conf").write_text(site)
    # As root, nginx would read the files as nobody, who may not enter a temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    mimes = f"include {_MIMES};" if _MIMES.exists() else ""
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{place}_temp_path {folder}/{place};" for place in places)
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/errors;"
        f"events {{ worker_connections 256; }} http {{ {mimes} access_log off; {temporary}"
        f"keepalive_requests 10000000; include {folder}/site.conf; }}"
    )
    return folder / "nginx.conf"


def command(configuration: Path) -> list[str]:
    """Return the command that runs nginx with `configuration`."""
    return ["nginx", "-p", str(configuration.parent), "-c", str(configuration), "-e", "stderr"]


def accepts(configuration: Path) -> subprocess.CompletedProcess[str]:
    """Let nginx read `configuration`."""
    return subprocess.run(
        [*command(configuration), "-t"], check=False, capture_output=True, text=True
    )


@contextmanager
def running(configuration: Path, port: int) -> Iterator[None]:
    """Run nginx, which listens on `port`, until the block ends."""
    with subprocess.Popen(command(configuration), stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: is_listening(port), "nginx")
            yield
        finally:
            process.terminate()
