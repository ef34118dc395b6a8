"""Views are counted by post, day and referrer; robots and pages fetched in advance are not."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions as posts
from broadsheet.posts.models import Post
from broadsheet.publication import actions as publication
from broadsheet.statistics import actions, recorder
from broadsheet.statistics.models import OTHER_HOSTS, PostReferrer, PostViews
from broadsheet.statistics.recorder import Recorder

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ROBOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
    "curl/8.5.0",
    "python-requests/2.32",
    "",
]


class Site:
    """A recorder of views whose clock stands still, and the rows that it wrote."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.recorder = Recorder()
        self.at = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
        monkeypatch.setattr(Recorder, "start", lambda _self: None)
        monkeypatch.setattr(recorder, "time", self.timestamp)

    def timestamp(self) -> float:
        return self.at.timestamp()

    def view(self, post: Post, *, times: int = 1, **environ: Any) -> None:
        for _ in range(times):
            self.recorder.record(f"post:{post.pk}", {"HTTP_USER_AGENT": BROWSER} | environ)

    def flush(self) -> dict[tuple[uuid.UUID, str], int]:
        """Write, and return the views by post and day."""
        self.recorder.flush()
        rows = PostViews.objects.values_list("post", "viewed_on", "views")
        return {(post, str(day)): views for post, day, views in rows}


def hosts(post: Post) -> dict[str, int]:
    return dict(PostReferrer.objects.filter(post=post).values_list("host", "views"))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


@pytest.fixture
def post(author: User) -> Post:
    return posts.create(by=author, title="Jam", status="published")


@pytest.fixture
def another_post(author: User) -> Post:
    return posts.create(by=author, title="Tea", status="published")


def test_views_are_summed_by_post_and_day(site: Site, post: Post, another_post: Post) -> None:
    site.view(post, times=3)
    site.view(another_post)
    site.at += dt.timedelta(days=1)
    site.view(post)
    assert site.flush() == {
        (post.pk, "2026-11-24"): 3,
        (another_post.pk, "2026-11-24"): 1,
        (post.pk, "2026-11-25"): 1,
    }


def test_views_of_several_processes_are_added(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Site(monkeypatch)
    for process in (site, other, site):
        process.view(post, times=2)
        process.flush()
    assert site.flush() == {(post.pk, "2026-11-24"): 6}


def test_referrers_are_counted_by_host(site: Site, post: Post) -> None:
    for referrer, times in {
        "": 4,
        "https://news.example/item?id=1": 2,
        "https://www.news.example:8443/": 1,
        "http://NEWS.example.": 1,
        "android-app://org.example.reader/": 1,
        "https://[broken": 1,
        "javascript:alert(1)": 1,
        "https://a b/": 1,
    }.items():
        site.view(post, times=times, HTTP_REFERER=referrer)
    site.flush()
    assert hosts(post) == {"": 7, "news.example": 4, "org.example.reader": 1}


@pytest.mark.parametrize("user_agent", ROBOTS)
def test_a_robot_is_not_counted(site: Site, post: Post, user_agent: str) -> None:
    site.view(post, HTTP_USER_AGENT=user_agent)
    assert site.flush() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_PURPOSE": "prefetch"},
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_PURPOSE": "prefetch"},
    ],
)
def test_a_page_fetched_in_advance_is_not_counted(
    site: Site, post: Post, headers: dict[str, Any]
) -> None:
    site.view(post, **headers)
    assert site.flush() == {}


def test_a_day_is_one_in_the_time_zone_of_the_site(site: Site, post: Post) -> None:
    publication.edit_site(time_zone="Asia/Kathmandu")  # 5:45 hours ahead
    site.at = dt.datetime(2026, 11, 24, 18, 14, 59, tzinfo=dt.UTC)
    site.view(post)
    site.at += dt.timedelta(seconds=1)
    site.view(post)
    assert site.flush() == {(post.pk, "2026-11-24"): 1, (post.pk, "2026-11-25"): 1}


def test_views_of_a_deleted_row_are_dropped(site: Site, post: Post, another_post: Post) -> None:
    site.view(post)
    site.view(another_post)
    post.delete()
    assert site.flush() == {(another_post.pk, "2026-11-24"): 1}


def test_nothing_is_lost_while_the_database_is_away(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_counts: object) -> None:
        raise OperationalError

    site.view(post)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "add_views", fail)
        with pytest.raises(OperationalError):
            site.flush()
    site.view(post)
    assert site.flush() == {(post.pk, "2026-11-24"): 2}


def test_invented_referrers_get_few_rows(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MAX_HOSTS", 3)
    for number in range(10):
        site.view(post, HTTP_REFERER=f"https://{number}.example/")
        site.flush()
    site.view(post, HTTP_REFERER="https://0.example/")
    site.flush()
    assert hosts(post) == {"0.example": 2, "1.example": 1, "2.example": 1, OTHER_HOSTS: 7}


def test_memory_is_bounded_and_the_views_are_still_counted(
    site: Site, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MAX_KEYS", 3)
    for number in range(10):
        site.view(post, HTTP_REFERER=f"https://{number}.example/")
    assert site.flush() == {(post.pk, "2026-11-24"): 10}
    assert hosts(post) == {"0.example": 1, "1.example": 1, "2.example": 1, OTHER_HOSTS: 7}


def test_nothing_to_write_needs_no_query(
    site: Site, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        site.recorder.flush()


def test_old_referrers_are_folded(site: Site, post: Post) -> None:
    for referrer in ("", "https://a.example/", "https://b.example/"):
        site.view(post, times=2, HTTP_REFERER=referrer)
    site.flush()
    day = site.at.date()
    assert actions.fold_referrers(before=day) == 0
    assert actions.fold_referrers(before=day + dt.timedelta(days=1)) == 2
    assert actions.fold_referrers(before=day + dt.timedelta(days=1)) == 0
    assert hosts(post) == {"": 2, OTHER_HOSTS: 4}
    assert site.flush() == {(post.pk, "2026-11-24"): 6}
