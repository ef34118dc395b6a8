"""An upgrade to the next release, while the one before goes on and everybody reads and writes."""

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops import releases
from tests.ops.processes import PATIENCE, ROOT, WITHOUT_PARTS, environment, fetch, run, wait_for
from tests.ops.prove.test_kills import SEED
from tests.ops.server.test_socket_activation import asked_all_the_time, more, start, stop

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's"),
]
#: What a release may do: it only adds.
MIGRATION = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("posts", "{before}")]
    operations = [
        migrations.AddField("post", "mood", models.CharField(max_length=9, db_default="calm")),
        migrations.AddIndex("post", models.Index(fields=["mood"], name="post_by_mood")),
        migrations.CreateModel("Mood", [("id", models.BigAutoField(primary_key=True))]),
    ]
"""


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """A tree with a further migration and another style sheet."""
    tree = tmp_path / "next"
    shutil.copytree(ROOT / "broadsheet", tree / "broadsheet", ignore=WITHOUT_PARTS)
    migrations = tree / "broadsheet" / "posts" / "migrations"
    before = max(file.stem for file in migrations.glob("0*.py"))
    number = int(before[:4]) + 1
    (migrations / f"{number:04}_mood.py").write_text(MIGRATION.format(before=before))
    [sheet] = tree.rglob("static/public/read.css")
    sheet.write_text(sheet.read_text() + "\nbody { color: inherit }\n")
    return tree


def command(tree: Path, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the release that lies in `tree`."""
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *words],
        env=environment(data, PYTHONPATH=str(tree)), cwd=tree,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def publish(port: int, token: str, title: str) -> int:
    """Publish a post by the API; return the status of the answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/posts",
        json.dumps({"title": title, "content": "Text.", "status": "published"}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        status: int = answer.status
        return status


def sheet_of(port: int) -> str:
    """Return the address of the style sheet that the front page names."""
    found = re.search(r"/static/public/read\.[0-9a-f]+\.css", fetch(port)[1])
    assert found is not None
    return found[0]


def test_nobody_is_turned_away_and_nothing_is_lost(
    listener: socket.socket,
    next_release: Path,
    tmp_path: Path,
) -> None:
    data, port = tmp_path / "data", listener.getsockname()[1]
    releases.ALL[-1].unpack(data)
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    token = run(data, "shell", "--no-imports", "-c", SEED.replace("ada", "zoe")).stdout
    server = start(data, listener)
    try:
        with asked_all_the_time(port) as answers:
            wait_for(more(answers), "answers")
            sheet = sheet_of(port)
            checked = command(next_release, data, "upgrade-check")
            assert checked.returncode == 0, checked.stdout + checked.stderr
            assert "mood" in checked.stdout
            assert command(next_release, data, "migrate", "--verbosity=0").returncode == 0
            assert publish(port, token, "By the release before, on the new tables") == 201
            assert command(next_release, data, "collectstatic", "--verbosity=0").returncode == 0
            collected = (data / "static" / "staticfiles.json").stat().st_mtime_ns
            wait_for(more(answers), "answers of the release before")
            assert stop(server) == 0
            server = start(data, listener, next_release)
            wait_for(lambda: sheet_of(port) != sheet, "the next release")
            assert publish(port, token, "By the next release") == 201
            wait_for(more(answers), "answers of the next release")
            now = (data / "static" / "staticfiles.json").stat().st_mtime_ns
            assert now == collected, "nobody waited for static files"
            assert fetch(port, sheet)[0] == 200, "pages that browsers still show keep their style"
    finally:
        stop(server)
    assert set(answers) == {200}
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        moods = database.execute("SELECT mood, count(*) FROM posts_post GROUP BY 1").fetchall()
        [(known,)] = database.execute("SELECT count(*) FROM posts_post").fetchall()
    assert moods == [("calm", known)]
    assert known > 20
