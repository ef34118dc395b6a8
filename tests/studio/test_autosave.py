"""Autosave in the studio: what the editor's script sends, and what the editor shows afterwards."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.studio.conftest import At, Write, form_data

pytestmark = pytest.mark.django_db


def autosave(client: Client, post: Post, **changes: Any) -> Any:
    data = {"title": post.title, "content": post.content, "version": post.version} | changes
    return client.post(reverse("studio:post-autosave", args=[post.pk]), data)


def test_a_draft_is_saved_and_the_answer_says_when(author: User, at: At, write: Write) -> None:
    post = write("One")
    response = autosave(at(author), post, content="First\r\nsecond")
    assert response.status_code == 200
    assert response.json()["version"] == 2
    assert response.json()["message"].startswith("Saved ")
    post.refresh_from_db()
    assert post.content == "First\nsecond"


def test_the_editor_opens_with_the_working_copy_of_a_published_post(
    author: User, at: At, write: Write
) -> None:
    post = write("One", content="Public", status="published")
    client = at(author)
    assert "not public" in autosave(client, post, content="Not yet").json()["message"]
    page = client.get(reverse("studio:post-edit", args=[post.pk]))
    assert page.context["form"]["content"].value() == "Not yet"
    assert "data-working-copy" in page.text
    data = form_data(post, content="Not yet", copy=1)
    assert client.post(reverse("studio:post-edit", args=[post.pk]), data).status_code == 302
    post.refresh_from_db()
    assert post.content == "Not yet"
    assert not post.working_copies.exists()


def test_a_working_copy_can_be_discarded(author: User, at: At, write: Write) -> None:
    post = write("One", content="Public", status="published")
    client = at(author)
    autosave(client, post, content="Not yet")
    client.post(reverse("studio:post-discard", args=[post.pk]))
    page = client.get(reverse("studio:post-edit", args=[post.pk]))
    assert page.context["form"]["content"].value() == "Public"


def test_a_new_post_becomes_a_draft(author: User, at: At) -> None:
    response = at(author).post(reverse("studio:post-autosave-new"), {"content": "A thought"})
    post = Post.objects.get(pk=response.json()["id"])
    assert (post.content, post.status) == ("A thought", "draft")
    assert response.json()["edit_url"] == reverse("studio:post-edit", args=[post.pk])


def test_a_conflict_is_told_and_both_texts_are_kept(
    author: User, editor: User, at: At, write: Write
) -> None:
    post = write("One", content="Before")
    autosave(at(editor), post, content="Theirs")
    response = autosave(at(author), post, content="Mine")
    assert response.json()["is_outdated"]
    assert "Edgar" in response.json()["message"]
    assert post.working_copies.get().content == "Mine"


def test_a_second_window_is_told_that_it_is_behind(author: User, at: At, write: Write) -> None:
    post = write("One", status="published")
    client = at(author)
    autosave(client, post, content="First window")
    assert autosave(client, post, content="Second window").status_code == 409
    assert post.working_copies.get().content == "First window"


def test_after_the_session_has_ended_nothing_is_saved(client: Client, write: Write) -> None:
    post = write("One")
    assert autosave(client, post, content="Mine").status_code == 401
    post.refresh_from_db()
    assert post.content == ""
