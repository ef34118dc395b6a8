"""Context managers that run the measured servers, each on one core."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.load import SERVER_CORE

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "bench" / "tutorial"


def broadsheet_env(data: Path, **more: str) -> dict[str, str]:
    """Return Broadsheet's settings for benchmarks: the defaults, without rate limits."""
    return {
        "BROADSHEET_DATA": str(data),
        "BROADSHEET_ENV": os.devnull,
        "BROADSHEET_API_PER_MINUTE": "0",
        "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
        **more,
    }


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: list[str], url: str, *, env: Mapping[str, str], cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` on the server's core until the block ends; `url` must respond within 60 s."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={**os.environ, **env},
        cwd=cwd,
        stdout=subprocess.DEVNULL,  # stderr stays visible
        start_new_session=True,
    )
    try:
        _wait_for(url, process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(3000):
        if process.poll() is not None:
            raise RuntimeError(f"the server exited with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not respond")


@contextmanager
def broadsheet(data: Path, **settings: str) -> Iterator[str]:
    """Run Broadsheet as `make serve` does."""
    port = free_port()
    env = broadsheet_env(data, PORT=str(port), **settings)
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "broadsheet", "serve"]
    with running(command, f"{base}/healthz", env=env, cwd=ROOT):
        yield base


@contextmanager
def dictionary(data: Path, pages: Path) -> Iterator[str]:
    """Run a dictionary of `pages` under Broadsheet's server and settings."""
    port = free_port()
    env = broadsheet_env(data, PORT=str(port))
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "bench.dictionary", str(pages)]
    with running(command, f"{base}/", env=env, cwd=ROOT):
        yield base


@contextmanager
def tutorial(data: Path, *, threads: int, **settings: str) -> Iterator[str]:
    """Run the tutorial app under the same server with the same settings as Broadsheet."""
    port = free_port()
    env = {
        "TUTORIAL_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "bench.tutorial_with_posts.settings",
        "PYTHONPATH": f"{ROOT}:{TUTORIAL}",
        **settings,
    }
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "bench.granian", str(port), str(threads)]
    with running(command, f"{base}/myapp/login/", env=env, cwd=TUTORIAL):
        yield base
