"""nginx serving pages as files: the baseline."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.pages import Page
from bench.servers import free_port, running


@contextmanager
def files(
    folder: Path, pages: Mapping[str, Page], *, remember: str = "open_file_cache max=64;"
) -> Iterator[str]:
    """Run nginx with one worker serving `pages` (by file name) until the block ends."""
    port = free_port()
    for name, page in pages.items():
        (folder / name).write_bytes(page.body)
    locations = "".join(_location(name, page) for name, page in pages.items())
    site = f"{remember} server {{ listen 127.0.0.1:{port}; root {folder}; {locations} }}"
    base = f"http://127.0.0.1:{port}"
    with running_with(folder, site, f"{base}/{next(iter(pages))}"):
        yield base


@contextmanager
def running_with(folder: Path, site: str, url: str) -> Iterator[None]:
    """Run nginx with one worker and the configuration `site`, and wait until it serves `url`."""
    # By default, root's nginx reads files as the user `nobody`, who cannot enter this folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;"
        "events { worker_connections 256; }"
        "http { access_log off; sendfile on; keepalive_requests 100000000;"
        f"client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;"
        f"fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;"
        f"{site} }}"
    )
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, url, env={}, cwd=folder):
        yield


def _location(name: str, page: Page) -> str:
    coding = page.header("Content-Encoding")
    add = f"add_header Content-Encoding {coding};" if coding else ""
    kind = page.header("Content-Type")
    return f"location = /{name} {{ types {{}} default_type '{kind}'; {add} }}"
