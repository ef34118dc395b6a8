"""The statistics of the studio: a plot, lists of posts and referrers, and CSV."""

import csv
import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.statistics import actions
from broadsheet.statistics.models import OTHER_HOSTS
from broadsheet.studio.statistics_plot import ceiling
from tests.studio.conftest import At, Write


def count(post: Post, views: int, *, days_ago: int = 0, host: str = "") -> None:
    day = timezone.localdate() - dt.timedelta(days=days_ago)
    actions.add_views({(post.pk, day, host): views})


def test_the_page_shows_views_posts_and_referrers(author: User, at: At, write: Write) -> None:
    jam, tea = write("Jam"), write("Tea")
    count(jam, 1_234, days_ago=3, host="news.example")
    count(jam, 6, days_ago=3)
    count(tea, 10, host=OTHER_HOSTS)
    count(tea, 1_000, days_ago=40)
    page = at(author).get("/studio/statistics").text
    for text in ("1,250", "+25 %", "1,240", "news.example", "direct, or not told", "other sites"):
        assert text in page
    assert page.index("Jam") < page.index("Tea")
    assert page.count("<polyline") == 4


def test_the_page_of_a_post_shows_only_its_views(author: User, at: At, write: Write) -> None:
    jam, tea = write("Jam"), write("Tea")
    count(jam, 12, host="news.example")
    count(tea, 34, host="tea.example")
    page = at(author).get(f"/studio/posts/{jam.pk}/statistics").text
    assert "news.example" in page
    assert "tea.example" not in page


def test_authors_see_their_own_posts_and_editors_all(
    author: User, another_author: User, editor: User, at: At, write: Write
) -> None:
    count(write("Jam"), 12)
    count(write("Tea", by=another_author), 34)
    pages = {user: at(user).get("/studio/statistics").text for user in (author, editor)}
    assert ("Jam" in pages[author], "Tea" in pages[author]) == (True, False)
    assert ("Jam" in pages[editor], "Tea" in pages[editor]) == (True, True)


@pytest.mark.parametrize("days", ["7", "30", "90", "365"])
def test_the_period_can_be_chosen(author: User, at: At, write: Write, days: str) -> None:
    post = write("Jam")
    count(post, 21, days_ago=int(days) - 1)
    count(post, 43, days_ago=int(days))
    page = at(author).get(f"/studio/statistics?days={days}").text
    assert f'href="?days={days}" aria-current="page"' in page
    assert "\N{MINUS SIGN}51 %" in page


@pytest.mark.parametrize("query", ["", "?days=0", "?days=x", "?days=31", "?days="])
def test_another_period_is_the_default(author: User, at: At, query: str) -> None:
    page = at(author).get(f"/studio/statistics{query}").text
    assert 'href="?days=30" aria-current="page"' in page


def test_a_site_without_views_has_an_empty_plot(author: User, at: At) -> None:
    page = at(author).get("/studio/statistics").text
    assert "No views in this period." in page
    assert "<circle" not in page


def test_csv_has_a_row_for_each_day_post_and_host(author: User, at: At, write: Write) -> None:
    jam = write("Jam", slug="jam")
    count(jam, 5, days_ago=1, host="news.example")
    count(jam, 3)
    count(jam, 2, host=OTHER_HOSTS)
    count(jam, 9, days_ago=31)
    response = at(author).get("/studio/statistics.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="views.csv"'
    today = timezone.localdate()
    yesterday = today - dt.timedelta(days=1)
    assert list(csv.reader(response.getvalue().decode().splitlines())) == [
        ["date", "path", "referrer", "views"],
        [str(yesterday), "/jam", "news.example", "5"],
        [str(today), "/jam", "", "3"],
        [str(today), "/jam", "others", "2"],
    ]


def test_csv_of_a_post_has_only_its_rows(author: User, at: At, write: Write) -> None:
    jam, tea = write("Jam", slug="jam"), write("Tea", slug="tea")
    count(jam, 5)
    count(tea, 5)
    text = at(author).get(f"/studio/posts/{jam.pk}/statistics.csv").getvalue().decode()
    assert ("/jam" in text, "/tea" in text) == (True, False)


def test_the_number_of_queries_does_not_grow_with_the_posts(
    author: User, at: At, write: Write, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        count(write(f"Post {number}"), 1, host=f"{number}.example")
    client = at(author)
    with django_assert_max_num_queries(12):
        client.get("/studio/statistics")


@pytest.mark.parametrize("highest", [0, 1, 5, 9, 10, 11, 99, 101, 1_001, 123_456, 9_999_999])
def test_the_scale_ends_at_or_above_the_highest_value(highest: int) -> None:
    assert highest <= ceiling(highest) <= max(2, 2 * highest)
