"""The owner's page on how the site is doing."""

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
    """A day in whose middle the server began anew, and in which nobody counted for half an hour."""
    now, taken = timezone.now(), []
    for number in range(1, 289):
        made = 100 * number if number < 144 else 10 * number
        others = {"kept": 0, "errors": 0, "failed": 1, "free": 10**9, "backup": 300 * number}
        figures = {**others, "made": made, "waiting": number}
        at = now - dt.timedelta(minutes=5 * (288 - number) + 1)
        if not 200 < number < 207:
            taken.append(Sample(at=at, figures=figures))
    Sample.objects.bulk_create(taken)


def test_an_owner_sees_what_was_looked_at_and_the_last_day(owner: User, day: None) -> None:
    client = Client()
    client.force_login(owner)
    page = client.get("/studio/status").text
    assert "It answers" in page
    assert page.count("<svg") == 9
    assert page.count("<polyline") == 18, "where nobody counted there is no line"
    assert "Free disk space, in megabytes: <strong>1,000</strong>" in page
    assert "Hours since the last backup: <strong>24</strong>" in page
    assert 'href="/studio/status"' in client.get("/studio").text


def test_each_plot_has_a_scale_and_the_hours_of_the_site(owner: User, day: None) -> None:
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
def test_a_scale_ends_at_a_number_that_is_easy_to_read(highest: int, top: int) -> None:
    assert plots.ceiling(highest) == top


def test_an_owner_sees_which_mails_were_not_sent_and_sends_a_test_mail(
    owner: User, author: User, settings: Settings
) -> None:
    client = Client()
    client.force_login(author)
    assert client.post("/studio/status").status_code == 403
    client.force_login(owner)
    with mail_server(settings) as server:
        server.answers["RCPT"] = "550 no such <user>"
        page = client.post("/studio/status", follow=True).text
        assert "A test e-mail to olivia@example.org is on its way." in page
        run_tasks()
        page = client.get("/studio/status").text
        assert "550 no such &lt;user&gt;" in page
        assert "given up" in page
        server.answers["RCPT"] = "451 later"
        client.post("/studio/status")
        run_tasks()
        assert "next attempt at" in client.get("/studio/status").text
        server.answers.clear()
        client.post("/studio/status")
        run_tasks()
        assert b"To: olivia@example.org" in server.taken[0]


def test_who_writes_sees_in_red_that_nothing_is_published_in_time(
    owner: User, author: User
) -> None:
    """The worker died, and a post should have been public for some minutes."""
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
    assert "heartbeat" not in page, "reasons are the owners'"
    client.force_login(owner)
    page = client.get("/studio").text
    assert "The last heartbeat was 3 min" in page
    assert "1 late, for 2 min" in page


def test_on_the_first_day_it_says_when_there_will_be_more(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert "Check again in ten" in client.get("/studio/status").text


def test_what_only_grows_is_shown_by_how_much_it_grew(day: None) -> None:
    rows = metric_samples.since(dt.timedelta(days=1))
    made = [row["made"] for _at, row in rows]
    assert made[:142] == [100] * 142
    assert made[142:144] == [1_440, 10], "processes that began anew are counted from nothing"
    assert rows[-1][1]["waiting"] == 288


def test_a_plot_stays_within_its_frame(day: None) -> None:
    for plot in status.day_plots():
        for point in " ".join(plot.lines).split():
            x, y = map(float, point.split(","))
            assert plots.LEFT <= x <= plots.RIGHT
            assert plots.TOP <= y <= plots.BOTTOM


def test_the_worker_counts_and_forgets_what_is_old(owner: User) -> None:
    Sample.objects.create(at=timezone.now() - dt.timedelta(days=15), figures={})
    Client().get("/login")
    count.call()
    [sample] = Sample.objects.all()
    answers, others = {"kept", "made", "errors"}, {"waiting", "failed", "free"}
    assert sample.figures.keys() == {*answers, *others, "mailed", "unmailed"}
    assert sample.figures["made"] > 0
    assert sample.figures["free"] > 0
