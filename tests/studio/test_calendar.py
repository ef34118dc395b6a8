"""The calendar of scheduled posts."""

import datetime as dt

import pytest
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.publication.actions import edit_site
from tests.studio.conftest import At, Write

pytestmark = pytest.mark.django_db

AT = dt.datetime(2099, 12, 31, 23, 30, tzinfo=dt.UTC)


def test_a_scheduled_post_is_on_its_day_in_the_time_zone_of_the_site(
    author: User, at: At, write: Write
) -> None:
    edit_site(time_zone="Europe/Berlin")
    post = actions.publish(write("Fireworks"), by=author, at=AT)
    response = at(author).get(reverse("studio:calendar"), {"month": "2100-01"})
    days = {
        day.date: [post.title for post in day.posts]
        for week in response.context["month"].weeks
        for day in week
        if day.posts
    }
    assert days == {dt.date(2100, 1, 1): ["Fireworks"]}
    assert "Times are in Europe/Berlin." in response.text
    assert "00:30" in response.text
    assert reverse("studio:post-publish", args=[post.pk]) in response.text


def test_drafts_and_posts_of_others_are_not_in_the_calendar(
    author: User, another_author: User, editor: User, at: At, write: Write
) -> None:
    write("A draft", pub_date=AT)
    actions.publish(write("Theirs", by=another_author), by=another_author, at=AT)
    url = f"{reverse('studio:calendar')}?month=2099-12"
    assert "A draft" not in at(author).get(url).text
    assert "Theirs" not in at(author).get(url).text
    assert "Nothing is scheduled for this month." in at(author).get(url).text
    assert "Theirs" in at(editor).get(url).text


@pytest.mark.parametrize(
    "month", ["", "soon", "2026-13", "0001-01", "9999-12", "1900-01", "2999-12"]
)
def test_an_invalid_month_is_this_month(author: User, at: At, month: str) -> None:
    response = at(author).get(reverse("studio:calendar"), {"month": month})
    assert response.status_code == 200
    assert response.context["month"].first == response.context["today"].replace(day=1)


def test_months_link_to_the_months_around_them(author: User, at: At) -> None:
    page = at(author).get(reverse("studio:calendar"), {"month": "2099-12"}).text
    assert 'href="?month=2099-11"' in page
    assert 'href="?month=2100-01"' in page
