"""Edit conflicts: two windows save the same post."""

from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.studio.conftest import At, Write, form_data


def save(client: Client, post: Post, **changes: object) -> int:
    url = reverse("studio:post-edit", args=[post.pk])
    return client.post(url, form_data(post, **changes)).status_code


def test_a_second_window_sees_the_conflict_and_loses_no_text(
    author: User, editor: User, at: At, write: Write
) -> None:
    post = write("One", content="The first line\n\nThe second")
    save(at(editor), post, content="The first line\n\nThe editor's second")
    url = reverse("studio:post-edit", args=[post.pk])
    data = form_data(post, title="My title", content="The first line\n\nMy second")
    page = at(author).post(url, data)
    assert page.status_code == 409
    post.refresh_from_db()
    assert post.content == "The first line\n\nThe editor's second"
    assert "by Edgar" in page.text
    assert page.context["form"]["content"].value() == "The first line\n\nMy second"
    diff = [(line.kind, line.text) for line in page.context["conflict"].lines]
    assert ("-", "The editor's second") in diff
    assert ("+", "My second") in diff
    assert ("Title", "One", "My title") in page.context["conflict"].fields


def test_saving_again_after_a_conflict_does_not_overwrite(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    save(at(author), post, content="From the first window")
    assert save(at(author), post, content="From the second") == 409
    assert save(at(author), post, content="From the second") == 409
    post.refresh_from_db()
    assert post.content == "From the first window"


def test_a_confirmed_overwrite_keeps_the_other_text_as_a_revision(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    save(at(author), post, content="Theirs")
    assert save(at(author), post, content="Mine", overwritten_version="2") == 302
    post.refresh_from_db()
    assert (post.content, post.version) == ("Mine", 3)
    assert post.revisions.get(number=2).content == "Theirs"


def test_a_confirmed_overwrite_does_not_replace_a_newer_version(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    save(at(author), post, content="Second")
    save(at(author), post, content="Third", overwritten_version="2")
    assert save(at(author), post, content="Mine", overwritten_version="2") == 409


def test_a_form_without_a_version_is_a_conflict(author: User, at: At, write: Write) -> None:
    post = write("One")
    data = form_data(post, content="From nowhere")
    del data["version"]
    url = reverse("studio:post-edit", args=[post.pk])
    assert at(author).post(url, data).status_code == 409


def test_an_invalid_version_is_rejected_without_a_server_error(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    assert save(at(author), post, content="x", overwritten_version="9" * 5_000) == 422
    assert save(at(author), post, content="x", overwritten_version="²") == 422
    assert save(at(author), post, content="x", version="9" * 30) == 409


def test_a_conflict_of_long_texts_is_shown_without_a_diff(
    author: User, at: At, write: Write
) -> None:
    post = write("One", content="a\n" * 4_000)
    save(at(author), post, content="b\n" * 4_000)
    url = reverse("studio:post-edit", args=[post.pk])
    page = at(author).post(url, form_data(post, content="c\n" * 4_000))
    assert page.context["conflict"].lines is None
    assert "too long for a line-by-line comparison" in page.text
