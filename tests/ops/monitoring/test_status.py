"""The owner's status page."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from django_ox.testing import run_tasks
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.ops.models import Sample, Worker
from broadsheet.ops.monitoring import heartbeat, metric_samples, plots, status
from broadsheet.ops.tasks import count
from broadsheet.posts import actions as posts
from broadsheet.posts.models import Post
from tests.mail.servers import mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def day() -> None:
    """Samples of a day with a restart of the server and a gap of half an hour."""
    now, samples = timezone.now(), []
    for number in range(1, 289):
        rendered = 100 * number if number < 144 else 10 * number
        others = {"kept": 0, "errors": 0, "failed": 1, "free": 10**9, "backup": 300 * number}
        figures = {**others, "made": rendered, "waiting": number}
        at = now - dt.timedelta(minutes=5 * (288 - number) + 1)
        if not 200 < number < 207:
            samples.append(Sample(measured_at=at, figures=figures))
    Sample.objects.bulk_create(samples)


def test_an_owner_sees_the_checks_and_the_last_day(owner: User, day: None) -> None:
    client = Client()
    client.force_login(owner)
    page = client.get("/studio/status").text
    assert "It answers" in page
    assert page.count('<svg viewBox="0 0 360 132"') == 9
    assert page.count("<polyline") == 18, "there is no line during the gap"
    assert "Free disk space, in megabytes: <strong>1,000</strong>" in page
    assert "Hours since the last backup: <strong>24</strong>" in page
    assert 'href="/studio/status"' in client.get("/studio").text


def test_each_plot_has_a_scale_and_hours_in_the_sites_time_zone(owner: User, day: None) -> None:
    with timezone.override("Asia/Kathmandu"):
        shown = status.day_plots()
        now = timezone.localtime()
    for plot in shown:
        labels = [int(mark.label.replace(",", "")) for mark in plot.scale]
        assert labels == [0, labels[2] // 2, labels[2]]
        assert labels[1] * 2 == labels[2] >= int(plot.highest.replace(",", ""))
        assert {mark.label for mark in plot.hours} <= {"00:00", "06:00", "12:00", "18:00"}
        assert len(plot.hours) in {4, 5}
    wide = plots.RIGHT - plots.LEFT
    [midnight] = [float(mark.at) for mark in shown[0].hours if mark.label == "00:00"][:1]
    past = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / plots.SPAN
    assert midnight == pytest.approx(plots.RIGHT - wide * past, abs=1)


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (0, 2),
        (1, 2),
        (3, 4),
        (8, 8),
        (9, 10),
        (10, 10),
        (11, 12),
        (2_079, 2_400),
        (99_999, 10**5),
    ],
)
def test_a_scale_ends_at_a_round_number(highest: int, top: int) -> None:
    assert plots.ceiling(highest) == top


def test_an_owner_sees_failed_emails_and_can_send_a_test_email(
    owner: User, author: User, settings: Settings
) -> None:
    client = Client()
    client.force_login(author)
    assert client.post("/studio/status").status_code == 403
    client.force_login(owner)
    with mail_server(settings) as server:
        server.replies["RCPT"] = "550 no such <user>"
        page = client.post("/studio/status", follow=True).text
        assert "A test e-mail to olivia@example.org is on its way." in page
        run_tasks()
        page = client.get("/studio/status").text
        assert "550 no such &lt;user&gt;" in page
        assert "given up" in page
        server.replies["RCPT"] = "451 later"
        client.post("/studio/status")
        run_tasks()
        assert "next attempt at" in client.get("/studio/status").text
        server.replies.clear()
        client.post("/studio/status")
        run_tasks()
        assert b"To: olivia@example.org" in server.received[0]


def test_authors_see_a_warning_if_posts_are_not_published_in_time(
    owner: User, author: User
) -> None:
    """The worker has stopped, and a post is some minutes late."""
    client = Client()
    client.force_login(author)
    heartbeat.beat("one")
    assert "The background worker has stopped" not in client.get("/studio").text
    Worker.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=3))
    post = posts.create(by=author, title="Late", content="x")
    posts.publish(post, by=author, at=timezone.now() + dt.timedelta(hours=1))
    Post.objects.update(pub_date=timezone.now() - dt.timedelta(minutes=2))
    page = client.get("/studio").text
    assert "The background worker has stopped. Scheduled posts and e-mails are delayed." in page
    assert "Scheduled posts are late." in page
    assert "heartbeat" not in page, "only owners see the reasons"
    client.force_login(owner)
    page = client.get("/studio").text
    assert "The last heartbeat was 3 min" in page
    assert "1 late, for 2 min" in page


def test_the_page_says_when_the_first_data_will_be_available(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert "Check again in ten" in client.get("/studio/status").text


def test_counters_are_shown_as_increases(day: None) -> None:
    rows = metric_samples.since(dt.timedelta(days=1))
    rendered = [row["made"] for _at, row in rows]
    assert rendered[:142] == [100] * 142
    assert rendered[142:144] == [1_440, 10], "restarted processes count from zero"
    assert rows[-1][1]["waiting"] == 288


def test_a_plot_stays_within_its_frame(day: None) -> None:
    for plot in status.day_plots():
        for point in " ".join(plot.lines).split():
            x, y = map(float, point.split(","))
            assert plots.LEFT <= x <= plots.RIGHT
            assert plots.TOP <= y <= plots.BOTTOM


def test_the_worker_stores_samples_and_deletes_old_ones(owner: User) -> None:
    Sample.objects.create(measured_at=timezone.now() - dt.timedelta(days=15), figures={})
    Client().get("/login")
    count.call()
    [sample] = Sample.objects.all()
    responses, others = {"kept", "made", "errors"}, {"waiting", "failed", "free"}
    assert sample.figures.keys() == {*responses, *others, "mailed", "unmailed"}
    assert sample.figures["made"] > 0
    assert sample.figures["free"] > 0
