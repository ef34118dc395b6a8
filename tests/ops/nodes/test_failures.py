"""A part of the site fails under load: pages are served, and no acknowledged write is lost."""

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
from tests.ops.nodes.client import Client
from tests.ops.nodes.load import CACHED_PATH, Known, Load, load
from tests.ops.nodes.mailbox import Mailbox
from tests.ops.nodes.site import Site
from tests.ops.processes import wait_for

pytestmark = [pytest.mark.prove, pytest.mark.server("nginx")]
MAILS = "task_path = 'broadsheet.mail.tasks.deliver'"
RUNNING = f"SELECT locked_by FROM django_ox_oxtask WHERE {MAILS} AND status = 'RUNNING'"
DONE = f"SELECT attempts, status FROM django_ox_oxtask WHERE {MAILS} ORDER BY enqueued_at"


@cache
def mailbox() -> Mailbox:
    """Return the mail server of the site."""
    return Mailbox()


def settings() -> dict[str, str]:
    """Let cached pages be served while the database is down, and emails go to a slow server."""
    return {"BROADSHEET_STALE_IF_ERROR_SECONDS": "600", "EMAIL_URL": mailbox().url}


@pytest.fixture(scope="module")
def known(site: Site) -> Known:
    return Known.seed(site)


@pytest.fixture
def under_load(site: Site, known: Known, request: pytest.FixtureRequest) -> Iterator[Load]:
    """Readers and a writer; finally no acknowledged write is lost, and all pages were served."""
    with load(site, known, request.node.name) as running_load:
        running_load.wait_for_posts()
        yield running_load
    known.compare(site.primary.url)
    assert {status for _title, status in running_load.writers.written.refused} <= {502, 503}
    assert {each.status for each in running_load.readers.responses} == {200}


def test_the_site_survives_a_killed_node(site: Site, under_load: Load, within: Within) -> None:
    site.nodes[1].kill()
    under_load.wait_for_posts(10)
    site.nodes[1].start()
    assert under_load.wait_until_healed(site.nodes) < within(5)


def test_the_site_survives_a_restart_of_the_primary(
    site: Site, under_load: Load, within: Within
) -> None:
    site.primary.stop_at_once()
    time.sleep(2)  # a while in which no page can be validated
    site.primary.start()
    assert under_load.wait_until_healed(site.nodes) < within(5)


def test_cached_pages_are_served_while_the_primary_hangs(
    site: Site, under_load: Load, within: Within
) -> None:
    client, first = Client(site), site.nodes[0]
    site.primary.freeze()
    try:
        for node in site.nodes:
            wait_for(
                lambda node=node: client.get(node, "/readyz").status == 503, "the node to notice"
            )
        began = time.monotonic()
        for _ in range(20):
            assert client.get(first, CACHED_PATH).status == 200, "the last validated version"
            assert client.get(first, "/search?q=post").status == 503
        assert time.monotonic() - began < 20 * VALIDATION_TIMEOUT / 2, "no request waits"
    finally:
        site.primary.thaw()
    assert under_load.wait_until_healed(site.nodes) < within(5)


def test_the_site_survives_an_outage_of_redis(site: Site, under_load: Load, within: Within) -> None:
    site.redis.stop()
    under_load.wait_for_posts(10)
    for _ in range(5):
        response = Client(site).post(site.nodes[0], "/login", login="ada", password="wrong")
        assert response.status == 200
    response = Client(site).post(site.nodes[0], "/login", login="ada", password="wrong")
    assert response.status == 429, "each node counts separately"
    site.redis.start()
    assert under_load.wait_until_healed(site.nodes) < within(5)


def upload(site: Site, known: Known) -> int:
    """Upload an image through nginx; return the status."""
    image = io.BytesIO()
    Image.effect_noise((90, 60), time.time() % 100).save(image, "PNG")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    request = urllib.request.Request(
        f"{site.address}/api/v1/images",
        head + image.getvalue() + b"\r\n--x--\r\n",
        {
            "Authorization": f"Bearer {known.token}",
            "Content-Type": "multipart/form-data; boundary=x",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            json.load(response)
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_uploads_get_503_during_an_outage_of_s3(
    site: Site, under_load: Load, known: Known, within: Within
) -> None:
    assert upload(site, known) == 201
    site.s3.stop()
    assert upload(site, known) == 503
    under_load.wait_for_posts(10)
    site.s3.start()
    wait_for(lambda: upload(site, known) == 201, "uploads", patience=within(5))


def test_a_job_is_run_again_if_its_worker_is_killed(site: Site, under_load: Load) -> None:
    mailbox().is_open.clear()
    Client(site).post(site.nodes[0], "/password/reset", email="ada@example.org")
    wait_for(lambda: mailbox().started == 1, "a worker to start the job")
    [(worker,)] = site.primary.execute(RUNNING)
    [process] = [w.process for w in site.workers if f"-{w.process.pid}-" in worker]
    process.kill()
    process.wait()
    mailbox().is_open.set()
    Client(site).post(site.nodes[1], "/password/reset", email="bob@example.org")
    wait_for(lambda: mailbox().accepted == ["bob@example.org"], "the other worker's next job")
    wait_for(lambda: len(mailbox().accepted) == 2, "the job to be run again")
    under_load.wait_for_posts()
    assert mailbox().accepted == ["bob@example.org", "ada@example.org"]
    assert site.primary.execute(DONE) == [(2, "SUCCESSFUL"), (1, "SUCCESSFUL")]
