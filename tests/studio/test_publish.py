"""Publishing, withdrawing, deleting and the way back."""

import datetime as dt

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.publication.actions import edit_site
from tests.studio.conftest import At, Write


def test_an_author_publishes_now(author: User, at: At, write: Write) -> None:
    post = write("One")
    client = at(author)
    page = client.post(reverse("studio:post-publish", args=[post.pk]), follow=True)
    post.refresh_from_db()
    assert post.status == "published"
    assert post.pub_date is not None
    assert abs(timezone.now() - post.pub_date) < dt.timedelta(minutes=1)
    assert '“One” is published. <a href="/one">View post</a>' in page.text


def test_a_title_with_markup_is_text_in_the_message_that_links_to_it(
    author: User, at: At, write: Write
) -> None:
    post = write("<b>One</b> & two")
    page = at(author).post(reverse("studio:post-publish", args=[post.pk]), follow=True)
    assert "“&lt;b&gt;One&lt;/b&gt; &amp; two” is published. <a href=" in page.text


def test_a_time_to_come_is_that_of_the_sites_settings_which_say_so(
    author: User, at: At, write: Write
) -> None:
    edit_site(time_zone="America/New_York")
    post = write("One")
    url = reverse("studio:post-publish", args=[post.pk])
    assert "Times are in America/New York." in at(author).get(url).text
    page = at(author).post(url, {"at": "2099-12-24T09:00"}, follow=True)
    post.refresh_from_db()
    assert post.pub_date == dt.datetime(2099, 12, 24, 14, tzinfo=dt.UTC)
    assert "“One” is scheduled for 24 December 2099, 09:00 New York." in page.text
    time = (
        '<time datetime="2099-12-24T09:00:00-05:00" data-zone="America/New_York">'
        "24 December 2099, 09:00 New York</time>"
    )
    assert (
        f"Scheduled for {time}" in at(author).get(reverse("studio:post-edit", args=[post.pk])).text
    )
    assert time in at(author).get("/studio").text
    assert f"Scheduled for {time}: it is published" in at(author).get(url).text


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_time_to_come_is_read_in_the_time_zone_of_the_site(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    url = reverse("studio:post-publish", args=[post.pk])
    page = at(author).post(url, {"at": "2099-07-01T08:30"}, follow=True)
    post.refresh_from_db()
    assert post.status == "scheduled"
    assert post.pub_date == dt.datetime(2099, 7, 1, 6, 30, tzinfo=dt.UTC)
    assert "“One” is scheduled for 1 July 2099, 08:30 Berlin." in page.text
    assert 'value="2099-07-01T08:30"' in at(author).get(url).text


def test_a_time_past_dates_the_post_back(author: User, at: At, write: Write) -> None:
    post = write("One")
    at(author).post(reverse("studio:post-publish", args=[post.pk]), {"at": "2011-03-04T05:06"})
    post.refresh_from_db()
    assert (post.status, post.pub_date) == (
        "published",
        dt.datetime(2011, 3, 4, 5, 6, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize(
    "when", ["soon", "0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T10:00"]
)
def test_a_time_that_makes_no_sense_is_said_beside_its_field(
    author: User, at: At, write: Write, when: str
) -> None:
    post = write("One")
    page = at(author).post(reverse("studio:post-publish", args=[post.pk]), {"at": when})
    assert page.status_code == 422
    assert page.context["form"].errors["at"]
    post.refresh_from_db()
    assert post.status == "draft"


@override_settings(TIME_ZONE="Europe/Berlin")
def test_the_hour_that_the_clocks_skip_is_refused(author: User, at: At, write: Write) -> None:
    post = write("One")
    url = reverse("studio:post-publish", args=[post.pk])
    page = at(author).post(url, {"at": "2027-03-28T02:30"})
    assert "at" in page.context["form"].errors


@pytest.mark.parametrize(
    ("verb", "status"), [("unlist", "unlisted"), ("archive", "archived"), ("unpublish", "draft")]
)
def test_a_published_post_is_moved_by_one_click(
    author: User, at: At, write: Write, verb: str, status: str
) -> None:
    post = write("One", status="published", pub_date=timezone.now())
    client = at(author)
    assert client.get(reverse(f"studio:post-{verb}", args=[post.pk])).status_code == 405
    page = client.post(reverse(f"studio:post-{verb}", args=[post.pk]), follow=True)
    post.refresh_from_db()
    assert post.status == status
    assert "“One”" in page.text


def test_deleting_offers_to_undo_it(author: User, at: At, write: Write) -> None:
    post = write("One", status="published", pub_date=timezone.now())
    client = at(author)
    page = client.post(reverse("studio:post-delete", args=[post.pk]), follow=True)
    assert "Deleted “One”." in page.text
    assert reverse("studio:post-restore", args=[post.pk]) in page.text
    assert client.get(reverse("studio:post-edit", args=[post.pk])).status_code == 404
    page = client.post(reverse("studio:post-restore", args=[post.pk]), follow=True)
    assert "“One” is restored." in page.text
    post.refresh_from_db()
    assert (post.deleted_at, post.status) == (None, "published")


def test_the_deleted_wait_in_a_list_of_their_own(author: User, at: At, write: Write) -> None:
    post = write("One")
    client = at(author)
    client.post(reverse("studio:post-delete", args=[post.pk]))
    assert "One" not in [p.title for p in client.get("/studio").context["page"].posts]
    page = client.get("/studio?status=deleted")
    assert [p.title for p in page.context["page"].posts] == ["One"]
    assert reverse("studio:post-restore", args=[post.pk]) in page.text


def test_undo_is_not_offered_for_what_others_deleted(
    author: User, another_author: User, at: At, write: Write
) -> None:
    post = write("A secret title")
    at(author).post(reverse("studio:post-delete", args=[post.pk]))
    for pk in (post.pk, "nonsense"):
        page = at(another_author).get(f"/studio?deleted={pk}")
        assert "A secret title" not in page.text
    assert (
        at(another_author).post(reverse("studio:post-restore", args=[post.pk])).status_code == 404
    )
