"""The owner's page on how the site is doing."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.ops import samples, status
from broadsheet.ops.models import Sample
from broadsheet.ops.tasks import count

pytestmark = pytest.mark.django_db


@pytest.fixture
def day() -> None:
    """A day in whose middle the server began anew."""
    now = timezone.now()
    for number in range(1, 25):
        made = 100 * number if number < 12 else 10 * number
        others = {"kept": 0, "errors": 0, "failed": 1, "free": 10**9, "backup": 3_600 * number}
        figures = {**others, "made": made, "waiting": number}
        Sample.objects.create(at=now - dt.timedelta(hours=24.5 - number), figures=figures)


def test_an_owner_sees_what_was_looked_at_and_the_last_day(owner: User, day: None) -> None:
    client = Client()
    client.force_login(owner)
    page = client.get("/studio/status").text
    assert "it answers" in page
    assert page.count("<polyline") == 9
    assert "Room on the disk, in megabytes: <strong>1,000</strong>" in page
    assert "Hours since the last backup: <strong>24</strong>" in page
    assert 'href="/studio/status"' in client.get("/studio").text


def test_on_the_first_day_it_says_when_there_will_be_more(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert "Come back in ten" in client.get("/studio/status").text


def test_what_only_grows_is_shown_by_how_much_it_grew(day: None) -> None:
    made = [row["made"] for _at, row in samples.since(dt.timedelta(days=1))]
    assert made[:10] == [100] * 10
    assert made[10:12] == [120, 10], "processes that began anew are counted from nothing"
    assert [row["waiting"] for _at, row in samples.since(dt.timedelta(days=1))][-1] == 24


def test_a_plot_stays_within_its_frame(day: None) -> None:
    for plot in status.plots():
        for point in plot.points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= status.WIDTH
            assert 0 <= y <= status.HEIGHT


def test_the_worker_counts_and_forgets_what_is_old(owner: User) -> None:
    Sample.objects.create(at=timezone.now() - dt.timedelta(days=15), figures={})
    Client().get("/login")
    count.call()
    [sample] = Sample.objects.all()
    answers, others = {"kept", "made", "errors"}, {"waiting", "failed", "free"}
    assert sample.figures.keys() == {*answers, *others, "mailed", "unmailed"}
    assert sample.figures["made"] > 0
    assert sample.figures["free"] > 0
