"""Views are counted by a real server, and written when it stops."""

import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops.processes import PATIENCE, Server, run, set_up

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FROM_NEWS = {"User-Agent": BROWSER, "Referer": "https://news.example/item"}


@pytest.mark.slow
def test_misses_and_hits_are_written_when_the_server_stops(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    data, posts = tmp_path / "data", tmp_path / "posts"
    set_up(data)
    posts.mkdir()
    (posts / "jam.md").write_text("---\ntitle: Jam\nslug: jam\nstatus: published\n---\nJam.\n")
    owner = ("createsuperuser", "--noinput", "--username=ada", "--email=ada@example.org")
    assert run(data, *owner, DJANGO_SUPERUSER_PASSWORD="a-long-enough-password").returncode == 0
    assert run(data, "import", "markdown", str(posts)).returncode == 0
    server = start("broadsheet", "serve", data=data)
    for headers in (FROM_NEWS, FROM_NEWS, FROM_NEWS, {"User-Agent": "curl/8.5.0"}):
        url = f"http://127.0.0.1:{server.port}/jam"
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            assert response.status == 200
            assert "Page-Id" not in response.headers
    assert server.stop() == 0
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        rows = database.execute("SELECT host, views FROM statistics_postreferrer").fetchall()
    assert rows == [("news.example", 3)]
