"""A killed import: repeated, it has the same result as an uninterrupted one."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops.processes import set_up
from tests.transfer.conftest import Backup, post

FILES = 400
PATIENCE = 1_200  # seconds
OWNER = (
    "from broadsheet.accounts.models import User;"
    "User.objects.create_superuser('olivia', 'olivia@example.org', 'x')"
)
ROWS = """
    SELECT title, slug, content, source_id, pub_date,
      (SELECT count(*) FROM posts_revision r WHERE r.post_id = p.id),
      (SELECT count(*) FROM posts_posttag t WHERE t.post_id = p.id),
      (SELECT count(*) FROM posts_authorship a WHERE a.post_id = p.id),
      (SELECT count(*) FROM transfer_importedpost i WHERE i.post_id = p.id)
    FROM posts_post p ORDER BY source_id
"""


def broadsheet(data: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "broadsheet", *map(str, words)],
        env={**os.environ, "BROADSHEET_DATA": str(data), "BROADSHEET_ENV": os.devnull},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen[bytes]) -> str:
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out.decode()
    return out.decode()


def rows(data: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=PATIENCE)) as connection:
        connection.execute("BEGIN")  # so that all queries see the same moment
        found = connection.execute(ROWS).fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        searchable = connection.execute("SELECT count(*) FROM search_document").fetchone()[0]
    assert searchable == len(found)
    return found


@pytest.mark.prove
def test_an_import_that_is_killed_and_repeated_has_the_same_result(
    backup: Backup, tmp_path: Path
) -> None:
    folder = backup(
        dict(post(n, more=f"tags: t{n % 7}, u", body="Word " * 500) for n in range(FILES))
    )
    data = tmp_path / "site"
    set_up(data)
    finish(broadsheet(data, "shell", "-v0", "-c", OWNER))
    kills = 0
    seed = random.Random(2)
    for _attempt in range(5):
        process = broadsheet(data, "import", "hashnode", folder)
        before = len(rows(data))
        deadline = time.monotonic() + PATIENCE
        while len(rows(data)) == before < FILES and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(seed.random() / 5)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
        assert len(rows(data)) % 100 == 0  # a batch is saved completely or not at all
    assert kills > 0
    finish(broadsheet(data, "import", "hashnode", folder))
    again = finish(broadsheet(data, "import", "hashnode", folder))
    assert f"{FILES}  unchanged" in again
    whole = tmp_path / "whole"
    set_up(whole)
    finish(broadsheet(whole, "shell", "-v0", "-c", OWNER))
    finish(broadsheet(whole, "import", "hashnode", folder))
    assert rows(data) == rows(whole)
    assert len(rows(data)) == FILES
