"""Two windows that save the same post."""

from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.studio.conftest import At, Write, typed


def save(client: Client, post: Post, **changes: object) -> int:
    url = reverse("studio:post-edit", args=[post.pk])
    return client.post(url, typed(post, **changes)).status_code


def test_a_second_window_is_told_and_loses_nothing(
    author: User, editor: User, at: At, write: Write
) -> None:
    post = write("One", content="The first line\n\nThe second")
    save(at(editor), post, content="The first line\n\nThe editor's second")
    url = reverse("studio:post-edit", args=[post.pk])
    mine = typed(post, title="My title", content="The first line\n\nMy second")
    page = at(author).post(url, mine)
    assert page.status_code == 409
    post.refresh_from_db()
    assert post.content == "The first line\n\nThe editor's second"
    assert "by Edgar" in page.text
    assert page.context["form"]["content"].value() == "The first line\n\nMy second"
    difference = [(line.kind, line.text) for line in page.context["conflict"].lines]
    assert ("-", "The editor's second") in difference
    assert ("+", "My second") in difference
    assert ("title", "One", "My title") in page.context["conflict"].fields


def test_pressing_save_again_still_overwrites_nothing(author: User, at: At, write: Write) -> None:
    post = write("One")
    save(at(author), post, content="From the first window")
    assert save(at(author), post, content="From the second") == 409
    assert save(at(author), post, content="From the second") == 409
    post.refresh_from_db()
    assert post.content == "From the first window"


def test_mine_is_saved_over_it_when_i_say_so_and_theirs_is_kept_as_a_version(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    save(at(author), post, content="Theirs")
    assert save(at(author), post, content="Mine", over="2") == 302
    post.refresh_from_db()
    assert (post.content, post.version) == ("Mine", 3)
    assert post.revisions.get(number=2).content == "Theirs"


def test_a_third_window_that_saves_meanwhile_is_not_overwritten_either(
    author: User, at: At, write: Write
) -> None:
    post = write("One")
    save(at(author), post, content="Second")
    save(at(author), post, content="Third", over="2")
    assert save(at(author), post, content="Mine", over="2") == 409


def test_a_form_without_a_version_overwrites_nothing(author: User, at: At, write: Write) -> None:
    post = write("One")
    sent = typed(post, content="From nowhere")
    del sent["version"]
    url = reverse("studio:post-edit", args=[post.pk])
    assert at(author).post(url, sent).status_code == 409


def test_an_absurd_version_is_refused_kindly(author: User, at: At, write: Write) -> None:
    post = write("One")
    assert save(at(author), post, content="x", over="9" * 5_000) == 422
    assert save(at(author), post, content="x", over="²") == 422
    assert save(at(author), post, content="x", version="9" * 30) == 409


def test_long_texts_are_shown_without_comparing_them(author: User, at: At, write: Write) -> None:
    post = write("One", content="a\n" * 4_000)
    save(at(author), post, content="b\n" * 4_000)
    url = reverse("studio:post-edit", args=[post.pk])
    page = at(author).post(url, typed(post, content="c\n" * 4_000))
    assert page.context["conflict"].lines is None
    assert "too long for a line-by-line comparison" in page.text
