"""An upgrade to the next release while the current one serves reads and writes."""

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
from tests.ops.processes import IGNORE_TEMPORARY, PATIENCE, ROOT, environment, fetch, run, wait_for
from tests.ops.prove.test_kills import SEED
from tests.ops.server.test_socket_activation import continuous_requests, received_more, start, stop

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's"),
]
#: A migration as releases may have them: it only adds.
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
    """A source tree with another migration and a changed style sheet."""
    tree = tmp_path / "next"
    shutil.copytree(ROOT / "broadsheet", tree / "broadsheet", ignore=IGNORE_TEMPORARY)
    migrations = tree / "broadsheet" / "posts" / "migrations"
    before = max(file.stem for file in migrations.glob("0*.py"))
    number = int(before[:4]) + 1
    (migrations / f"{number:04}_mood.py").write_text(MIGRATION.format(before=before))
    [sheet] = tree.rglob("static/public/read.css")
    sheet.write_text(sheet.read_text() + "\nbody { color: inherit }\n")
    return tree


def command(tree: Path, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the release in the folder `tree`."""
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", *words],
        env=environment(data, PYTHONPATH=str(tree)), cwd=tree,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def publish(port: int, token: str, title: str) -> int:
    """Publish a post through the API; return the status of the response."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/posts",
        json.dumps({"title": title, "content": "Text.", "status": "published"}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        status: int = response.status
        return status


def style_sheet_url(port: int) -> str:
    """Return the URL of the style sheet of the home page."""
    found = re.search(r"/static/public/read\.[0-9a-f]+\.css", fetch(port)[1])
    assert found is not None
    return found[0]


def test_an_upgrade_fails_no_request_and_loses_no_data(
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
        with continuous_requests(port) as responses:
            wait_for(received_more(responses), "responses")
            sheet = style_sheet_url(port)
            checked = command(next_release, data, "upgrade-check")
            assert checked.returncode == 0, checked.stdout + checked.stderr
            assert "mood" in checked.stdout
            assert command(next_release, data, "migrate", "--verbosity=0").returncode == 0
            assert publish(port, token, "By the current release, on the new tables") == 201
            assert command(next_release, data, "collectstatic", "--verbosity=0").returncode == 0
            collected = (data / "static" / "staticfiles.json").stat().st_mtime_ns
            wait_for(received_more(responses), "responses of the current release")
            assert stop(server) == 0
            server = start(data, listener, next_release)
            wait_for(lambda: style_sheet_url(port) != sheet, "the next release")
            assert publish(port, token, "By the next release") == 201
            wait_for(received_more(responses), "responses of the next release")
            now = (data / "static" / "staticfiles.json").stat().st_mtime_ns
            assert now == collected, "no start waited for static files"
            assert fetch(port, sheet)[0] == 200, "pages open in browsers keep their style sheet"
    finally:
        stop(server)
    assert set(responses) == {200}
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        moods = database.execute("SELECT mood, count(*) FROM posts_post GROUP BY 1").fetchall()
        [(count,)] = database.execute("SELECT count(*) FROM posts_post").fetchall()
    assert moods == [("calm", count)]
    assert count > 20
