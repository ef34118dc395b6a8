"""What can be chosen when a post is published, and undoing it."""

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.studio import status_undo
from broadsheet.studio.status_undo import StatusState
from tests.studio.conftest import At, Write

PAST = dt.datetime(2024, 5, 3, 8, 15, tzinfo=dt.UTC)
FUTURE = dt.datetime(2099, 5, 3, 8, 15, tzinfo=dt.UTC)


def change(client: Client, post: Post, verb: str, **data: str) -> str:
    """Change the status in the studio; return the token to undo it, empty without one."""
    url = reverse(f"studio:post-{verb}", args=[post.pk])
    page = client.post(url, data, follow=True).text
    match = re.search(r'name="change" value="([^"]*)"', page)
    return match[1] if match else ""


def undo(client: Client, post: Post, token: str) -> str:
    """Undo a change; return the page that answers."""
    url = reverse("studio:post-undo", args=[post.pk])
    return client.post(url, {"change": token}, follow=True).text


def test_a_post_is_published_for_people_with_the_link(author: User, at: At, write: Write) -> None:
    post = write("One")
    page = at(author).post(
        reverse("studio:post-publish", args=[post.pk]),
        {"when": "now", "readers": "link"},
        follow=True,
    )
    assert "“One” is unlisted: only people with the link can read it." in page.text
    post.refresh_from_db()
    assert post.status == "unlisted"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"when": "at", "at": ""}, "Choose a date and a time."),
        ({"when": "now", "at": "2099-05-03T09:00"}, "Choose “At a time”, or leave the time empty."),
        (
            {"when": "at", "at": "2099-05-03T09:00", "readers": "link"},
            "Choose now: a post for people with the link has no time.",
        ),
    ],
)
def test_choices_that_do_not_go_together_are_explained(
    author: User, at: At, write: Write, data: dict[str, str], error: str
) -> None:
    post = write("One")
    page = at(author).post(reverse("studio:post-publish", args=[post.pk]), data)
    assert page.status_code == 422
    assert error in page.text
    post.refresh_from_db()
    assert post.status == "draft"


def test_now_publishes_a_scheduled_post_and_undoing_schedules_it_again(
    author: User, at: At, write: Write
) -> None:
    post = actions.publish(write("One"), by=author, at=FUTURE)
    client = at(author)
    token = change(client, post, "publish", when="now", at="2099-05-03T08:15", readers="everyone")
    post.refresh_from_db()
    assert post.status == "published"
    assert "Undone." in undo(client, post, token)
    post.refresh_from_db()
    assert (post.status, post.pub_date) == ("scheduled", FUTURE)


@pytest.mark.parametrize("verb", ["publish", "unlist"])
def test_undoing_the_publication_makes_a_draft_again(
    author: User, at: At, write: Write, verb: str
) -> None:
    post = write("One")
    client = at(author)
    token = change(client, post, verb)
    assert Client().get("/one").status_code == 200
    assert "Undone. “One” is as before: draft." in undo(client, post, token)
    assert Client().get("/one").status_code == 404


@pytest.mark.parametrize("before", ["published", "unlisted", "archived"])
@pytest.mark.parametrize("verb", ["publish", "unlist", "archive", "unpublish"])
def test_undoing_a_change_of_a_public_post_brings_its_status_and_date_back(
    author: User, at: At, write: Write, before: str, verb: str
) -> None:
    post = write("One", status=before, pub_date=PAST)
    client = at(author)
    token = change(client, post, verb)
    post.refresh_from_db()
    assert bool(token) == (post.status != before)
    if token:
        undo(client, post, token)
    post.refresh_from_db()
    assert (post.status, post.pub_date) == (before, PAST)


def test_nothing_is_undone_if_the_status_has_changed_since_or_the_token_is_not_ours(
    author: User, at: At, write: Write
) -> None:
    post, other = write("One", status="published"), write("Two")
    client = at(author)
    token = change(client, post, "unpublish")
    actions.unlist(post, by=author)
    for post_then, value in ((post, token), (post, "x"), (post, ""), (other, token)):
        assert "It cannot be undone." in undo(client, post_then, value)
    post.refresh_from_db()
    other.refresh_from_db()
    assert (post.status, other.status) == ("unlisted", "draft")


def test_a_post_whose_time_has_passed_is_not_scheduled_again(author: User, write: Write) -> None:
    post = write("One")
    with pytest.raises(ValidationError, match="has passed"):
        status_undo.undo(post, StatusState("scheduled", PAST.isoformat()), by=author)
    post.refresh_from_db()
    assert post.status == "draft"
