"""Sorting, renaming and deleting series."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Series

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def part(author: User, title: str, age: int, series: str = "Tea") -> Post:
    return actions.create(
        by=author,
        title=title,
        series=series,
        status="published",
        pub_date=NOW - dt.timedelta(days=age),
    )


@pytest.fixture
def parts(author: User, site: object) -> list[Post]:
    """Three parts, the oldest first."""
    return [part(author, title, 3 - n) for n, title in enumerate("ABC")]


def order_of(url: str = "/series/tea") -> list[str]:
    return [link.title for link in Client().get(url).context["posts"]]


def test_a_series_is_in_the_order_of_the_dates_until_it_is_sorted(parts: list[Post]) -> None:
    assert order_of() == ["A", "B", "C"]
    a, b, c = (post.pk for post in parts)
    actions.sort_series(Series.objects.get(), [c, a, b])
    assert order_of() == ["C", "A", "B"]
    position = Client().get("/a").context["part"]
    assert (position.position, position.previous.title, position.next.title) == (2, "C", "B")


def test_sorting_changes_no_version_and_no_date(parts: list[Post]) -> None:
    before = list(Post.objects.order_by("pk").values("version", "updated_at", "pub_date"))
    actions.sort_series(Series.objects.get(), [parts[2].pk])
    assert order_of() == ["C", "A", "B"]
    after = list(Post.objects.order_by("pk").values("version", "updated_at", "pub_date"))
    assert before == after


def test_a_new_part_is_the_last_one(author: User, parts: list[Post]) -> None:
    actions.sort_series(Series.objects.get(), [parts[2].pk])
    part(author, "Older than all", 99)
    assert order_of() == ["C", "A", "B", "Older than all"]


def test_a_post_that_changes_the_series_is_the_last_one(author: User, parts: list[Post]) -> None:
    actions.sort_series(Series.objects.get(), [parts[2].pk])
    part(author, "D", 1, series="Wine")
    actions.sort_series(Series.objects.get(slug="wine"), [])
    moved = Post.objects.get(pk=parts[2].pk)
    actions.edit(moved, by=author, version=moved.version, series="Wine")
    assert order_of("/series/wine") == ["D", "C"]


def test_a_sorted_series_continues_on_the_next_page(author: User, parts: list[Post]) -> None:
    for n in range(50):
        part(author, f"P{n:02}", 60 - n)
    actions.sort_series(Series.objects.get(), [parts[2].pk, parts[1].pk])
    first = Client().get("/series/tea")
    following = order_of(first.context["older_url"])
    titles = [link.title for link in first.context["posts"]] + following
    assert titles == ["C", "B", *(f"P{n:02}" for n in range(50)), "A"]


def test_a_post_of_another_series_is_refused(author: User, parts: list[Post]) -> None:
    other = part(author, "Other", 1, series="Wine")
    for pk in (other.pk, uuid.uuid4()):
        with pytest.raises(ValidationError):
            actions.sort_series(Series.objects.get(slug="tea"), [pk])
    assert order_of() == ["A", "B", "C"]


def test_a_renamed_series_redirects(parts: list[Post]) -> None:
    actions.edit_series(Series.objects.get(), name="All about tea", slug="all-about-tea")
    assert order_of("/series/all-about-tea") == ["A", "B", "C"]
    response = Client().get("/series/tea")
    assert (response.status_code, response.headers["Location"]) == (301, "/series/all-about-tea")


def test_only_a_series_without_posts_is_deleted(author: User, parts: list[Post]) -> None:
    series = Series.objects.get()
    with pytest.raises(ValidationError):
        actions.delete_series(series)
    for post in parts:
        actions.edit(post, by=author, version=post.version, series="")
    actions.delete_series(series)
    assert not Series.objects.exists()
