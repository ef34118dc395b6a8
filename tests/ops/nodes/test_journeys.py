"""Several nodes are one site: requests may go to any of them."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import test_first_day as first_day
from tests.journeys.conftest import NewSite
from tests.ops.nodes.client import Client
from tests.ops.nodes.site import Site
from tests.ops.processes import wait_for

TARGET = "s3://images/backups"
PASSWORD = first_day.PASSWORD
EDITORS = f"""
from broadsheet.accounts.models import Role, User
for name in ("edgar", "rita"):
    User.objects.create_user(name, f"{{name}}@example.org", {PASSWORD!r}, role=Role.EDITOR)
"""
PENDING = "SELECT count(*) FROM django_ox_oxtask WHERE status IN ('READY', 'RUNNING')"
DAILY_BACKUP = (
    "SELECT status FROM django_ox_oxtask WHERE task_path = 'broadsheet.ops.backup.tasks.back_up'"
)


def settings() -> dict[str, str]:
    """Let the daily backup run at another time of day."""
    return {"BROADSHEET_BACKUP_AT": _in(hours=12), "BROADSHEET_BACKUP_TARGET": TARGET}


def _in(**time: int) -> str:
    return f"{dt.datetime.now(dt.UTC) + dt.timedelta(**time):%H:%M}"


@pytest.fixture(scope="module")
def editors(site: Site) -> None:
    site.shell(EDITORS)


@pytest.mark.prove
@pytest.mark.browser
@pytest.mark.server("nginx")
def test_the_first_day_works_and_every_node_serves_the_image(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    new = NewSite(site.address, site.claim_link, site.nodes[0].data)
    first_day.test_a_site_is_set_up_and_a_new_author_publishes_a_post(new, browser, tmp_path)
    client = Client(site)
    [slug] = [
        found["slug"]
        for found in json.loads(client.get(site.nodes[0], "/api/v1/posts").body)["results"]
    ]
    wait_for(lambda: site.primary.execute(PENDING) == [(0,)], "jobs that change the page")
    pages = {client.get(node, f"/{slug}").body for node in site.nodes}
    assert len(pages) == 1
    image = re.search(rb'/media/[^"\s]+\.(?:png|webp|avif)', pages.pop())
    assert image is not None
    responses = [client.get(node, image[0].decode()) for node in site.nodes]
    assert {response.status for response in responses} == {200}
    assert len({response.body for response in responses}) == 1
    assert not any((node.data / "media").exists() for node in site.nodes)


@pytest.mark.slow
@pytest.mark.server("nginx")
@pytest.mark.usefixtures("editors")
def test_a_login_on_one_node_is_valid_on_all_until_logout(site: Site) -> None:
    client, (first, *others) = Client(site), site.nodes
    assert client.post(first, "/login", login="edgar", password=PASSWORD).status == 302
    assert [client.get(node, "/profile").status for node in site.nodes] == [200] * 3
    assert client.post(others[0], "/logout").status == 302
    assert [client.get(node, "/profile").status for node in site.nodes] == [302] * 3


@pytest.mark.slow
@pytest.mark.server("nginx")
@pytest.mark.usefixtures("editors")
def test_failed_logins_are_counted_across_all_nodes(site: Site) -> None:
    for number in range(5):
        node = site.nodes[number % 3]
        assert Client(site).post(node, "/login", login="rita", password="wrong").status == 200
    for node in site.nodes:
        response = Client(site).post(node, "/login", login="rita", password=PASSWORD)
        assert (response.status, "Wait 30 seconds" in response.text) == (429, True)


@pytest.mark.slow
@pytest.mark.prove
@pytest.mark.server("nginx")
def test_a_scheduled_job_runs_once(site: Site) -> None:
    site.restart_workers(BROADSHEET_BACKUP_AT=_in(minutes=3))
    wait_for(lambda: site.primary.execute(DAILY_BACKUP), "the scheduled time")
    wait_for(lambda: site.primary.execute(DAILY_BACKUP) == [("SUCCESSFUL",)], "the daily backup")
    assert len(site.run("backups").splitlines()) == 1
