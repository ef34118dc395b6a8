"""A real nginx with the configuration that `broadsheet nginx` prints."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadsheet.ops.deploy.nginx import CACHE
from tests.ops.processes import is_listening, run, wait_for

_MIMES = Path("/etc/nginx/mime.types")


def skip_if_missing() -> None:
    """Skip the test where nginx is not installed."""
    if shutil.which("nginx") is None:
        pytest.skip("needs nginx")


def write_configuration(folder: Path, data: Path, *options: str, **more: str) -> Path:
    """Write an nginx configuration with the output of `broadsheet nginx`; return its path."""
    printed = run(data, "nginx", "--cache", str(folder / "copies"), *options, **more)
    assert printed.returncode == 0, printed.stderr
    return write_configuration_with(folder, printed.stdout)


def write_configuration_with(folder: Path, site: str) -> Path:
    """Write an nginx configuration that includes that of a site; return its path."""
    folder.mkdir(exist_ok=True)
    # Not in this machine's own folder: the copies would be served by the nginx of other tests.
    site = site.replace(str(CACHE), str(folder / "copies"))
    (folder / "site.conf").write_text(site)
    # Started by root, nginx would read the files as `nobody`, who cannot access temporary folders.
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


def check(configuration: Path) -> subprocess.CompletedProcess[str]:
    """Let nginx check `configuration`."""
    return subprocess.run(
        [*command(configuration), "-t"], check=False, capture_output=True, text=True
    )


@contextmanager
def running(configuration: Path, port: int) -> Iterator[None]:
    """Run nginx on `port` until the block ends."""
    with subprocess.Popen(command(configuration), stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: is_listening(port), "nginx")
            yield
        finally:
            process.terminate()
