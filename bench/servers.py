"""Starting what is measured, each on one core, and stopping it again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.load import SERVER_CORE

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "bench" / "tutorial"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], url: str, *, env: Mapping[str, str], cwd: Path) -> Iterator[str]:
    """Run `command` on the server's core until the block ends; it must answer `url` in 30 s."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={**os.environ, **env},
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(url, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped by itself with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} was not answered")


@contextmanager
def broadsheet(data: Path) -> Iterator[str]:
    """Run Broadsheet as `make serve` does, with one process."""
    port = free_port()
    env = {
        "BROADSHEET_DATA": str(data),
        "PORT": str(port),
        "BROADSHEET_ENV": os.devnull,
        "BROADSHEET_API_PER_MINUTE": "0",  # no limit: it is the pages that are measured
    }
    command = [sys.executable, "-m", "broadsheet", "serve"]
    base = f"http://127.0.0.1:{port}"
    with running(command, f"{base}/", env=env, cwd=ROOT):
        yield base


@contextmanager
def tutorial(data: Path) -> Iterator[str]:
    """Run the tutorials' application as its tutorial does, less the reloading."""
    port = free_port()
    env = {"TUTORIAL_DATA": str(data), "DJANGO_SETTINGS_MODULE": "myproject.settings"}
    command = [sys.executable, "-m", "uvicorn", "myproject.asgi:application", "--port", str(port)]
    base = f"http://127.0.0.1:{port}"
    with running([*command, "--no-access-log"], f"{base}/myapp/posts/", env=env, cwd=TUTORIAL):
        yield base


@contextmanager
def nginx(folder: Path, pages: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """Run nginx with `pages` (a name to its type and bytes) as files, with one worker."""
    port = free_port()
    for name, (_type, body) in pages.items():
        (folder / name).write_bytes(body)
    types = "".join(
        f"location = /{name} {{ types {{}} default_type '{kind}'; }}"
        for name, (kind, _body) in pages.items()
    )
    # As root, nginx would read the files as nobody, who may not enter a temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;"
        "events { worker_connections 256; }"
        "http { access_log off; sendfile on; keepalive_requests 100000000; open_file_cache max=64;"
        f"client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;"
        f"fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; {types} }} }}"
    )
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    base = f"http://127.0.0.1:{port}"
    with running(command, f"{base}/{next(iter(pages))}", env={}, cwd=folder):
        yield base
