"""The data that is measured on: made when it is first asked for, kept for the next run."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import servers

#: Where it is kept. A million posts are 9 GB.
FOLDER = Path(os.environ.get("BENCH_FOLDER", Path(tempfile.gettempdir()) / "broadsheet-bench"))
#: Bytes of a post's page around its text.
AROUND = 6_500


def broadsheet(posts: int, *, median: int = 800, database: str = "") -> Path:
    """Return a data folder with so many posts, their texts `median` characters long.

    `database` is the address of an empty PostgreSQL database, or nothing for SQLite.
    """
    kind = "postgresql" if database else "sqlite"
    folder = FOLDER / f"{kind}-{posts}-{median}"
    if not (folder / "bench-token").exists():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"making {posts:,} posts in {folder} …", file=sys.stderr, flush=True)
        more = {"DATABASE_URL": database} if database else {}
        _run(["bench.seed", str(posts), str(median)], servers.broadsheet_env(folder, **more))
    return folder


def tutorial(source: Path, *, most: int = -1) -> Path:
    """Return a folder of the tutorials' application with the `most` newest of the same posts."""
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
    """Return what the seed wrote down: `bench-token` or `bench-cookie`."""
    return (folder / name).read_text()


def post_of(folder: Path, length: int) -> str:
    """Return the path of the published post whose page is nearest to `length` bytes."""
    with sqlite3.connect(folder / "broadsheet.sqlite3") as connection:
        row = connection.execute(
            "SELECT slug FROM posts_post WHERE status = 'published' AND deleted_at IS NULL"
            " ORDER BY abs(length(html) + ? - ?) LIMIT 1",
            [AROUND, length],
        ).fetchone()
    return f"/{row[0]}"


def threads() -> int:
    """Return how many threads Broadsheet answers with where nothing is said."""
    asked = "from broadsheet.settings import SERVE_THREADS; print(SERVE_THREADS)"
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, **servers.broadsheet_env(Path(folder))}
        command = [sys.executable, "-c", asked]
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
    """Return the paths of `count` published posts, from all times."""
    with sqlite3.connect(folder / "broadsheet.sqlite3") as connection:
        rows = connection.execute(
            "SELECT slug FROM posts_post WHERE status = 'published' AND deleted_at IS NULL"
        ).fetchall()
    return [f"/{slug}" for (slug,) in rows[:: max(1, len(rows) // count)][:count]]
