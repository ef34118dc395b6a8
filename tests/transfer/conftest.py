"""Fixtures for imports and exports: backups, a data folder and a host of images."""

import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from AntiSSRF import AntiSSRFPolicy
from django.core.management import call_command
from PIL import Image as Pillow
from pytest_django import Settings

from broadsheet.lib import safe_http

CUID = "cl0000000000008l4abcd1234"
HEAD = """---
title: "{title}"
datePublished: Fri Sep 22 2023 06:31:09 GMT+0000 (Coordinated Universal Time)
cuid: {cuid}
slug: {slug}
{more}
---

{body}
"""

type Backup = Callable[[Mapping[str, str | bytes]], Path]


def post(
    n: int = 0, *, title: str = "A title", slug: str = "", body: str = "Text.", more: str = ""
) -> tuple[str, str]:
    """Return file name and text of a post in a Hashnode backup."""
    cuid = f"cl0{n:06x}00008l4abcd12345"[:25]
    return f"{cuid}.md", HEAD.format(
        title=title, cuid=cuid, slug=slug or f"post-{n}", body=body, more=more
    )


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    """The data folder of the test."""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    return Path(settings.DATA)


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    """Return a function that creates a folder with the given files."""

    def create(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / "backup"
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return create


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 6), colour).save(out, "PNG")
    return out.getvalue()


class ImageHost(http.server.BaseHTTPRequestHandler):
    """A server with images, which records the requested paths."""

    requested: list[str] = []
    files = {"/a.png": png("red"), "/b%20b.jpeg": png("blue"), "/page": b"<html>"}

    def do_GET(self) -> None:
        self.requested.append(self.path)
        if self.path == "/inwards":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/secret")
            self.end_headers()
        elif self.path == "/drop-by-drop":
            self.send_response(200)
            self.end_headers()
            for _n in range(600):
                self.wfile.write(b"x")
                time.sleep(0.2)
            self.requested.append("to the last drop")
        elif self.path in self.files:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.files[self.path])
        else:
            self.send_error(404)

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


@pytest.fixture
def image_host() -> Iterator[str]:
    """The URL of a local server with images, to which the site sends no requests by default."""
    ImageHost.requested = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ImageHost)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def allow_image_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow requests to the local server, and to no other private address."""
    original = safe_http.policy

    def policy() -> AntiSSRFPolicy:
        rules = original()
        rules.add_allowed_addresses(["127.0.0.1/32"])
        return rules

    monkeypatch.setattr(safe_http, "policy", policy)


def run(*words: str | Path) -> str:
    """Run a command and return its output. Imports download images only with the option for it."""
    if words[0] == "import" and "--download-images" not in words:
        words = (*words, "--no-download-images")
    out = io.StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def report(data: Path) -> str:
    """Return the newest report."""
    return max((data / "reports").iterdir(), key=lambda file: file.stat().st_mtime_ns).read_text()
