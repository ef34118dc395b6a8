"""A killed background worker is detected, and the next one catches up on its jobs."""

import json
import signal
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ops.backup import sites
from tests.ops.processes import PATIENCE, Server, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.server]
_SCHEDULE = """
import datetime as dt
from django.utils import timezone
from broadsheet.accounts.models import Role, User
from broadsheet.ops.models import Worker
from broadsheet.posts import actions
from broadsheet.posts.models import Post
ada = User.objects.create_user("ada", "ada@example.org", "long-enough-1", role=Role.AUTHOR)
post = actions.create(by=ada, title="Late", content="Words")
actions.publish(post, by=ada, at=timezone.now() + dt.timedelta(hours=1))
# As if five minutes had passed.
past = timezone.now() - dt.timedelta(minutes=5)
Post.objects.update(pub_date=past)
Worker.objects.update(seen_at=past)
from django_ox.models import OxTask
OxTask.objects.filter(run_after__gt=timezone.now()).update(run_after=past)
"""


def checks(server: Server) -> dict[str, Any]:
    """Return the results of the site's health checks."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/readyz", headers={"Authorization": "Bearer a-token"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        results = json.load(response)["checks"]
    return {name: check["is_healthy"] for name, check in results.items()}


def start_worker(start: Callable[..., Server], data: Path) -> Server:
    """Start a worker, which serves its metrics once it is running."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    return start("broadsheet", "worker", data=data, port=port, BROADSHEET_METRICS_ADDRESS=address)


def workers(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)) as database:
        return [name for (name,) in database.execute("SELECT name FROM ops_worker")]


def forget_workers(data: Path) -> None:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)) as database:
        database.execute("DELETE FROM ops_worker")
        database.commit()


def test_a_killed_worker_is_detected_and_the_next_one_publishes_late_posts(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data = sites.copy(prepared, tmp_path / "data")
    forget_workers(data)  # of servers of other tests
    token = {"BROADSHEET_METRICS_TOKEN": "a-token"}
    serve = ("broadsheet", "serve", "--port", "{port}")
    server = start(*serve, data=data, BROADSHEET_WORKER="no", **token)
    assert not checks(server)["worker"], "there is none yet"
    worker = start_worker(start, data)
    wait_for(lambda: checks(server)["worker"], "heartbeat")
    assert len(workers(data)) == 1
    worker.process.send_signal(signal.SIGKILL)
    worker.process.wait()
    sites.shell(data, _SCHEDULE)
    assert not checks(server)["worker"]
    assert not checks(server)["scheduled"]
    start_worker(start, data)
    wait_for(lambda: checks(server)["worker"], "a heartbeat of another worker")
    wait_for(lambda: checks(server)["scheduled"], "the post")
    assert len(workers(data)) == 2
