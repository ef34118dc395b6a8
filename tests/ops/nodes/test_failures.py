"""A part of the site fails under load: readers go on, and nothing acknowledged is lost."""

import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache

import pytest
from PIL import Image

from broadsheet.pagecache.cache import VALIDATION_TIMEOUT
from tests.ops.conftest import Within
from tests.ops.nodes.asking import Guest
from tests.ops.nodes.load import KEPT, Known, Load, load
from tests.ops.nodes.mailbox import Mailbox
from tests.ops.nodes.site import Site
from tests.ops.processes import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.server("nginx")]
MAILS = "task_path = 'broadsheet.mail.tasks.deliver'"
RUNNING = f"SELECT locked_by FROM django_ox_oxtask WHERE {MAILS} AND status = 'RUNNING'"
DONE = f"SELECT attempts, status FROM django_ox_oxtask WHERE {MAILS} ORDER BY enqueued_at"


@cache
def mailbox() -> Mailbox:
    """Return the mail server of the site."""
    return Mailbox()


def settings() -> dict[str, str]:
    """Let kept pages be shown while the database is gone, and mails go to a slow server."""
    return {"BROADSHEET_UNPROVEN_SECONDS": "600", "EMAIL_URL": mailbox().url}


@pytest.fixture(scope="module")
def known(site: Site) -> Known:
    return Known.seed(site)


@pytest.fixture
def under_load(site: Site, known: Known, request: pytest.FixtureRequest) -> Iterator[Load]:
    """Readers and a writer; afterwards nothing acknowledged is missing, and readers saw pages."""
    with load(site, known, request.node.name) as work:
        work.go_on()
        yield work
    known.compare(site.primary.url)
    assert {status for _title, status in work.writers.written.refused} <= {502, 503}
    assert {one.status for one in work.readers.seen} == {200}


def test_a_node_is_killed(site: Site, under_load: Load, within: Within) -> None:
    site.nodes[1].kill()
    under_load.go_on(10)
    site.nodes[1].start()
    assert under_load.healed(site.nodes) < within(5)


def test_the_primary_is_stopped_and_started_again(
    site: Site, under_load: Load, within: Within
) -> None:
    site.primary.stop_at_once()
    time.sleep(2)  # a while in which nothing can be proven
    site.primary.start()
    assert under_load.healed(site.nodes) < within(5)


def test_the_primary_hangs(site: Site, under_load: Load, within: Within) -> None:
    guest, first = Guest(site), site.nodes[0]
    site.primary.freeze()
    try:
        for node in site.nodes:
            wait_for(lambda node=node: guest.get(node, "/readyz").status == 503, "it to be told")
        began = time.monotonic()
        for _ in range(20):
            assert guest.get(first, KEPT).status == 200, "as it was when it was proven last"
            assert guest.get(first, "/search?q=post").status == 503
        assert time.monotonic() - began < 20 * VALIDATION_TIMEOUT / 2, "nobody waits"
    finally:
        site.primary.thaw()
    assert under_load.healed(site.nodes) < within(5)


def test_redis_is_gone(site: Site, under_load: Load, within: Within) -> None:
    site.redis.stop()
    under_load.go_on(10)
    for _ in range(5):
        output = Guest(site).post(site.nodes[0], "/login", login="ada", password="wrong")
        assert output.status == 200
    output = Guest(site).post(site.nodes[0], "/login", login="ada", password="wrong")
    assert output.status == 429, "each node counts by itself"
    site.redis.start()
    assert under_load.healed(site.nodes) < within(5)


def upload(site: Site, known: Known) -> int:
    """Upload an image through nginx; return the status."""
    picture = io.BytesIO()
    Image.effect_noise((90, 60), time.time() % 100).save(picture, "PNG")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    request = urllib.request.Request(
        f"{site.address}/api/v1/images",
        head + picture.getvalue() + b"\r\n--x--\r\n",
        {
            "Authorization": f"Bearer {known.token}",
            "Content-Type": "multipart/form-data; boundary=x",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            json.load(answer)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_s3_is_gone(site: Site, under_load: Load, known: Known, within: Within) -> None:
    assert upload(site, known) == 201
    site.s3.stop()
    assert upload(site, known) == 503
    under_load.go_on(10)
    site.s3.start()
    wait_for(lambda: upload(site, known) == 201, "uploads", patience=within(5))


def test_a_worker_is_killed_in_the_middle_of_a_job(site: Site, under_load: Load) -> None:
    mailbox().is_open.clear()
    Guest(site).post(site.nodes[0], "/password/reset", email="ada@example.org")
    wait_for(lambda: mailbox().begun == 1, "a worker to be in the middle of it")
    [(worker,)] = site.primary.execute(RUNNING)
    [process] = [w.process for w in site.workers if f"-{w.process.pid}-" in worker]
    process.kill()
    process.wait()
    mailbox().is_open.set()
    Guest(site).post(site.nodes[1], "/password/reset", email="bob@example.org")
    wait_for(lambda: mailbox().taken == ["bob@example.org"], "the other worker's next job")
    wait_for(lambda: len(mailbox().taken) == 2, "the job to be done again")
    under_load.go_on()
    assert mailbox().taken == ["bob@example.org", "ada@example.org"]
    assert site.primary.execute(DONE) == [(2, "SUCCESSFUL"), (1, "SUCCESSFUL")]
