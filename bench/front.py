"""Front files: pages that nginx serves by itself, against nginx serving the same bytes as files."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench import data, nginx, pages, report, servers
from bench.hits import BYTES, MEDIAN, POSTS
from bench.load import Question, Rate, compare

CODINGS = ("identity", "gzip")
HEAD = (
    "page, `Accept-Encoding`", "bytes", "nginx, same bytes", "its file asked for anew",
    "**front file**", "of nginx", "of it asking anew", "p99 ms",
)  # fmt: skip
_OF_A_FILE = re.compile(r'"[0-9a-f]{8}-[0-9a-f]+"')


def measure(*, rounds: int, seconds: int) -> None:
    """Measure, print a table and keep the figures."""
    folder = data.broadsheet(POSTS, median=MEDIAN)
    rows: list[list[str]] = []
    figures: dict[str, dict[str, float]] = {}
    with _behind_nginx(folder) as base:
        paths = {"home": "/", "post": data.post_of(folder, BYTES), "feed": "/rss.xml"}
        for coding in CODINGS:
            for name, path in paths.items():
                page = _as_file(base + path, coding)
                question = Question(base + path, {"Accept-Encoding": coding})
                rates = _one(question, page, rounds, seconds)
                figures[f"{name}, {coding}"] = {kind: r.per_second for kind, r in rates.items()}
                rows.append([f"{name}, {coding}", f"{len(page.body):,}", *_columns(rates)])
    title = f"Answers a second, one core each, 32 connections: medians of {rounds} x {seconds} s"
    report.show("front", title, HEAD, rows)
    report.keep("front", figures)


def _one(question: Question, page: pages.Page, rounds: int, seconds: int) -> dict[str, Rate]:
    """Measure one page against nginx that remembers what a file was for a minute, or never."""
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as name:
        first, second = Path(name, "1"), Path(name, "2")
        first.mkdir()
        second.mkdir()
        with (
            nginx.files(first, {"page": page}) as remembering,
            nginx.files(second, {"page": page}, remember="open_file_cache off;") as asking,
        ):
            questions = {
                "nginx": Question(f"{remembering}/page", question.headers),
                "asking": Question(f"{asking}/page", question.headers),
                "front": question,
            }
            return compare(questions, rounds=rounds, seconds=seconds)


def _columns(rates: Mapping[str, Rate]) -> list[str]:
    nginx_, asking, front = (rate.per_second for rate in rates.values())
    return [
        f"{nginx_:,.0f}", f"{asking:,.0f}", f"{front:,.0f}", f"{front / nginx_:.3f}",
        f"{front / asking:.3f}", f"{rates['front'].p99_ms:.2f}",
    ]  # fmt: skip


@contextmanager
def _behind_nginx(folder: Path) -> Iterator[str]:
    """Run Broadsheet with front files behind nginx, configured as it says itself."""
    port, behind = servers.free_port(), servers.free_port()
    base = f"http://127.0.0.1:{port}"
    settings = {
        "BROADSHEET_FRONT_FILES": "yes",
        "BROADSHEET_URL": base,
        "BROADSHEET_PROXIES": "1",
        "PORT": str(behind),
    }
    env = servers.broadsheet_env(folder, **settings)
    printed = subprocess.run(
        [sys.executable, "-m", "broadsheet", "nginx"],
        check=True, capture_output=True, text=True, cwd=servers.ROOT, env={**os.environ, **env},
    ).stdout  # fmt: skip
    command = [sys.executable, "-m", "broadsheet", "serve"]
    with (
        tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as name,
        servers.running(command, f"http://127.0.0.1:{behind}/healthz", env=env, cwd=servers.ROOT),
        nginx.running_with(Path(name), printed, base),
    ):
        yield base


def _as_file(url: str, coding: str) -> pages.Page:
    """Ask until nginx answers with a file. Raises RuntimeError where it never does."""
    for _ in range(600):
        page = pages.fetch(url, {"Accept-Encoding": coding})
        if _OF_A_FILE.fullmatch(page.header("ETag")):
            return page
        time.sleep(0.02)
    raise RuntimeError(f"{url} did not become a file")
