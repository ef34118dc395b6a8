"""Duration of a move from SQLite to PostgreSQL: `python -m bench move --postgresql URL`."""

import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from bench import data, report, servers

HEAD = ["from SQLite to PostgreSQL", "elapsed time, s", "CPU time without PostgreSQL's, s"]
#: Adds a revision to each post without one; the seed creates only a few.
REVISIONS = """INSERT INTO posts_revision
    (id, number, title, subtitle, content, fields, saved_at, post_id, saved_by_id)
    SELECT lower(hex(randomblob(16))), 1, title, subtitle, content, '{}', updated_at, id, NULL
    FROM posts_post WHERE id NOT IN (SELECT post_id FROM posts_revision)"""


def measure(*, posts: int, targets: list[str]) -> None:
    """Move a site with `posts` posts into the first of `targets`, an empty database."""
    if not targets:
        print("move: needs an empty database, --postgresql URL", file=sys.stderr)
        return
    folder = data.broadsheet(posts)
    file = folder / "broadsheet.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(REVISIONS)
    start, cpu_start = time.monotonic(), _cpu_time()
    _move(folder, file, targets[0])
    seconds, cpu_seconds = time.monotonic() - start, _cpu_time() - cpu_start
    row = [f"{posts:,} posts", f"{seconds:.0f}", f"{cpu_seconds:.0f}"]
    report.record("move", "Moving to another database", HEAD, [row])


def _move(folder: Path, file: Path, target: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "broadsheet", "move", f"sqlite:///{file}", target],
        env={**os.environ, **servers.broadsheet_env(folder)},
        cwd=servers.ROOT,
        check=True,
    )


def _cpu_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
