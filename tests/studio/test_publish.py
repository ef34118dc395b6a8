"""Publishing, unpublishing, deleting and restoring."""

import datetime as dt

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.publication.actions import edit_site
from tests.studio.conftest import At, Write


def test_an_author_publishes_a_post(author: User, at: At, write: Write) -> None:
    post = write("One")
    client = at(author)
    page = client.post(reverse("studio:post-publish", args=[post.pk]), follow=True)
    post.refresh_from_db()
    assert post.status == "published"
    assert post.pub_date is not None
    assert abs(timezone.now() - post.pub_date) < dt.timedelta(minutes=1)
    assert '“One” is published. <a href="/one">View post</a>' in page.text


def test_markup_in_a_title_is_escaped_in_the_message(author: User, at: At, write: Write) -> None:
    post = write("<b>One</b> & two")
    page = at(author).post(reverse("studio:post-publish", args=[post.pk]), follow=True)
    assert "“&lt;b&gt;One&lt;/b&gt; &amp; two” is published. <a href=" in page.text


def test_a_scheduled_time_is_in_the_time_zone_of_the_site_and_shown_with_it(
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
def test_without_a_time_zone_of_the_site_that_of_the_settings_is_used(
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


def test_a_time_in_the_past_backdates_the_post(author: User, at: At, write: Write) -> None:
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
def test_an_invalid_time_is_a_field_error(author: User, at: At, write: Write, when: str) -> None:
    post = write("One")
    page = at(author).post(reverse("studio:post-publish", args=[post.pk]), {"at": when})
    assert page.status_code == 422
    assert page.context["form"].errors["at"]
    post.refresh_from_db()
    assert post.status == "draft"


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_time_skipped_by_daylight_saving_time_is_a_field_error(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    url = reverse("studio:post-publish", args=[post.pk])
    page = at(author).post(url, {"at": "2027-03-28T02:30"})
    assert "at" in page.context["form"].errors


@pytest.mark.parametrize(
    ("verb", "status"), [("unlist", "unlisted"), ("archive", "archived"), ("unpublish", "draft")]
)
def test_one_click_changes_the_status_of_a_published_post(
    author: User, at: At, write: Write, verb: str, status: str
) -> None:
    post = write("One", status="published", pub_date=timezone.now())
    client = at(author)
    assert client.get(reverse(f"studio:post-{verb}", args=[post.pk])).status_code == 405
    page = client.post(reverse(f"studio:post-{verb}", args=[post.pk]), follow=True)
    post.refresh_from_db()
    assert post.status == status
    assert "“One”" in page.text


def test_deleting_a_post_offers_undo(author: User, at: At, write: Write) -> None:
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


def test_deleted_posts_have_their_own_list(author: User, at: At, write: Write) -> None:
    post = write("One")
    client = at(author)
    client.post(reverse("studio:post-delete", args=[post.pk]))
    assert "One" not in [p.title for p in client.get("/studio").context["page"].posts]
    page = client.get("/studio?status=deleted")
    assert [p.title for p in page.context["page"].posts] == ["One"]
    assert reverse("studio:post-restore", args=[post.pk]) in page.text


def test_undo_is_not_offered_for_posts_of_other_users(
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


def test_the_publish_page_says_who_can_read_the_post(author: User, at: At, write: Write) -> None:
    post = write("One")
    url = reverse("studio:post-publish", args=[post.pk])
    page = at(author).get(url).text
    assert "Draft: only its authors and editors can see it." in page
    assert "It appears in lists, feeds and search." in page
    assert "Anyone with the link can read it. It is not listed." in page
    assert reverse("studio:post-archive", args=[post.pk]) not in page
    at(author).post(url)
    assert reverse("studio:post-archive", args=[post.pk]) in at(author).get(url).text
