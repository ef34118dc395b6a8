"""A database that takes nothing: readers go on, writers hear why, nothing is half done."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.lib.outage import Outage, outage
from broadsheet.posts.models import Post
from tests.ops.processes import Server, fetch, free_port, run
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers

TEXT = "Much to say. " * 20_000


@pytest.fixture
def full(db: None) -> Iterator[None]:
    """SQLite, which may not take another page."""
    if connection.vendor != "sqlite":
        pytest.skip("needs SQLite")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


def test_who_writes_to_a_full_disk_is_told_and_nothing_is_half_done(
    author: User, client: Client, full: None
) -> None:
    client.force_login(author)
    answer = client.post("/studio/new", {"title": "Long", "content": TEXT})
    assert answer.status_code == 507
    assert "There is no room left" in answer.text
    assert "what you typed is still there" in answer.text
    assert not Post.objects.exists()


def test_the_api_tells_it_as_a_problem(author: User, client: Client, full: None) -> None:
    client.force_login(author)
    answer = client.post(
        "/api/v1/posts", {"title": "Long", "content": TEXT}, content_type="application/json"
    )
    assert answer.status_code == 507
    assert answer.json()["type"].endswith("/problems/full")
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (psycopg.errors.DiskFull(), Outage.FULL),
        (psycopg.errors.AdminShutdown(), Outage.GONE),
        (psycopg.errors.TooManyConnections(), Outage.GONE),
        (psycopg.errors.ReadOnlySqlTransaction(), Outage.GONE),
        (psycopg.OperationalError("connection refused"), Outage.GONE),
        (psycopg.errors.UndefinedTable(), None),
    ],
)
def test_what_postgresql_says_is_understood(cause: Exception, why: Outage | None) -> None:
    error = OperationalError("said")
    error.__cause__ = cause
    assert outage(error) is why


def test_other_errors_are_none() -> None:
    assert outage(ValueError("said")) is None


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs to be root, to mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.server
@pytest.mark.slow
def test_a_full_disk_heals_by_itself(small: Path, start: Callable[..., Server]) -> None:
    data, port = small / "data", free_port()
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    token = run(data, "shell", "--no-imports", "-c", SEED).stdout
    (data.parent / "server").mkdir()
    server = start(
        "broadsheet", "serve", data=data, port=port, PORT=str(port), BROADSHEET_API_PER_MINUTE="0"
    )
    with Writers(port, token, 1) as writers:
        pass
    assert fetch(port)[0] == 200
    filler = small / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4_096):
            pass
    refused = Writers(port, token, 1, threads=1)
    refused._publish("Too much")
    assert refused.written.refused == [("Too much", 507)]
    assert fetch(port)[0] == 200, "readers go on"
    filler.unlink()
    refused._publish("Enough")
    assert list(refused.written.acknowledged) == ["Enough"]
    assert "Too much" not in fetch(port)[1]
    assert writers.written.refused == []
    assert server.stop() == 0
