"""Benchmark data: created on first use and reused by later runs."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import servers

#: Folder of the data. A million posts take 9 GB.
FOLDER = Path(os.environ.get("BENCH_FOLDER", Path(tempfile.gettempdir()) / "broadsheet-bench"))
#: Bytes of a post's page without its text.
PAGE_OVERHEAD = 6_500


def broadsheet(posts: int, *, median: int = 800, database: str = "") -> Path:
    """Return a data folder with `posts` posts whose median length is `median` characters.

    `database` is the URL of an empty PostgreSQL database; empty for SQLite.
    """
    kind = "postgresql" if database else "sqlite"
    folder = FOLDER / f"{kind}-{posts}-{median}"
    if not (folder / "bench-token").exists():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"creating {posts:,} posts in {folder} …", file=sys.stderr, flush=True)
        settings = {"DATABASE_URL": database} if database else {}
        _run(["bench.seed", str(posts), str(median)], servers.broadsheet_env(folder, **settings))
    return folder


def tutorial(source: Path, *, most: int = -1) -> Path:
    """Return a folder of the tutorial app with the newest `most` of the same posts (-1: all)."""
    folder = source / f"tutorial-{most}"
    if not folder.exists():
        folder.mkdir()
        env = {
            "TUTORIAL_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "myproject.settings",
            "PYTHONPATH": f"{servers.ROOT}:{servers.TUTORIAL}",
        }
        _run(["bench.seed", "tutorial", str(source / "broadsheet.sqlite3"), str(most)], env)
    return folder


def _run(arguments: list[str], env: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", *arguments], check=True, cwd=servers.ROOT, env={**os.environ, **env}
    )


def credential(folder: Path, name: str) -> str:
    """Return a credential that the seed wrote, such as `bench-token` or `bench-cookie`."""
    return (folder / name).read_text()


def post_of(folder: Path, length: int) -> str:
    """Return the path of the published post whose page is closest to `length` bytes."""
    with sqlite3.connect(folder / "broadsheet.sqlite3") as connection:
        row = connection.execute(
            "SELECT slug FROM posts_post WHERE status = 'published' AND deleted_at IS NULL"
            " ORDER BY abs(length(html) + ? - ?) LIMIT 1",
            [PAGE_OVERHEAD, length],
        ).fetchone()
    return f"/{row[0]}"


def threads() -> int:
    """Return the default number of Broadsheet's request threads."""
    code = "from broadsheet.settings import SERVE_THREADS; print(SERVE_THREADS)"
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, **servers.broadsheet_env(Path(folder))}
        command = [sys.executable, "-c", code]
        return int(subprocess.run(command, check=True, env=env, capture_output=True).stdout)


def newest(folder: Path) -> str:
    """Return the path of the newest published post."""
    with sqlite3.connect(folder / "broadsheet.sqlite3") as connection:
        row = connection.execute(
            "SELECT slug FROM posts_post WHERE status = 'published' AND deleted_at IS NULL"
            " ORDER BY pub_date DESC LIMIT 1"
        ).fetchone()
    return f"/{row[0]}"


def paths(folder: Path, count: int) -> list[str]:
    """Return the paths of `count` published posts, spread evenly over the table."""
    with sqlite3.connect(folder / "broadsheet.sqlite3") as connection:
        rows = connection.execute(
            "SELECT slug FROM posts_post WHERE status = 'published' AND deleted_at IS NULL"
        ).fetchall()
    return [f"/{slug}" for (slug,) in rows[:: max(1, len(rows) // count)][:count]]
