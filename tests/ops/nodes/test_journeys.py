"""Several nodes are one site: whoever comes, by whichever node, finds it whole."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import test_first_day as first_day
from tests.journeys.conftest import NewSite
from tests.ops.nodes.asking import Guest
from tests.ops.nodes.site import Site
from tests.ops.processes import wait_for

TARGET = "s3://images/backups"
PASSWORD = first_day.PASSWORD
PEOPLE = f"""
from broadsheet.accounts.models import Role, User
for name in ("edgar", "rita"):
    User.objects.create_user(name, f"{{name}}@example.org", {PASSWORD!r}, role=Role.EDITOR)
"""
UNDONE = "SELECT count(*) FROM django_ox_oxtask WHERE status IN ('READY', 'RUNNING')"
DAILY = (
    "SELECT status FROM django_ox_oxtask WHERE task_path = 'broadsheet.ops.backup.tasks.back_up'"
)


def settings() -> dict[str, str]:
    """Let the daily backup be made at another time of day."""
    return {"BROADSHEET_BACKUP_AT": _in(hours=12), "BROADSHEET_BACKUP_TARGET": TARGET}


def _in(**time: int) -> str:
    return f"{dt.datetime.now(dt.UTC) + dt.timedelta(**time):%H:%M}"


@pytest.fixture(scope="module")
def people(site: Site) -> None:
    site.shell(PEOPLE)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.server("nginx")
def test_the_first_day_passes_and_an_image_is_seen_from_every_node(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    new = NewSite(site.address, site.claim_link, site.nodes[0].data)
    first_day.test_a_site_is_claimed_joined_written_on_and_read(new, browser, tmp_path)
    guest = Guest(site)
    [slug] = [
        found["slug"]
        for found in json.loads(guest.get(site.nodes[0], "/api/v1/posts").body)["results"]
    ]
    wait_for(lambda: site.primary.execute(UNDONE) == [(0,)], "what changes the page, too")
    pages = {guest.get(node, f"/{slug}").body for node in site.nodes}
    assert len(pages) == 1
    image = re.search(rb'/media/[^"\s]+\.(?:png|webp|avif)', pages.pop())
    assert image is not None
    shown = [guest.get(node, image[0].decode()) for node in site.nodes]
    assert {answer.status for answer in shown} == {200}
    assert len({answer.body for answer in shown}) == 1
    assert not any((node.data / "media").exists() for node in site.nodes)


@pytest.mark.slow
@pytest.mark.server("nginx")
@pytest.mark.usefixtures("people")
def test_who_is_logged_in_on_one_node_is_so_on_all_until_logging_out(site: Site) -> None:
    guest, (first, *others) = Guest(site), site.nodes
    assert guest.post(first, "/login", login="edgar", password=PASSWORD).status == 302
    assert [guest.get(node, "/profile").status for node in site.nodes] == [200] * 3
    assert guest.post(others[0], "/logout").status == 302
    assert [guest.get(node, "/profile").status for node in site.nodes] == [302] * 3


@pytest.mark.slow
@pytest.mark.server("nginx")
@pytest.mark.usefixtures("people")
def test_wrong_passwords_are_counted_over_all_nodes(site: Site) -> None:
    for number in range(5):
        node = site.nodes[number % 3]
        assert Guest(site).post(node, "/login", login="rita", password="wrong").status == 200
    for node in site.nodes:
        refused = Guest(site).post(node, "/login", login="rita", password=PASSWORD)
        assert (refused.status, "Wait 30 seconds" in refused.text) == (429, True)


@pytest.mark.slow
@pytest.mark.prove
@pytest.mark.server("nginx")
def test_what_is_to_be_done_at_a_time_of_day_is_done_once(site: Site) -> None:
    site.restart_workers(BROADSHEET_BACKUP_AT=_in(minutes=3))
    wait_for(lambda: site.primary.execute(DAILY), "the hour")
    wait_for(lambda: site.primary.execute(DAILY) == [("SUCCESSFUL",)], "the daily backup")
    assert len(site.run("backups").splitlines()) == 1
