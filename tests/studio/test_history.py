"""The history of a post: sessions, names, comparing and restoring versions."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Revision
from tests.studio.conftest import At, Write


@pytest.fixture
def post(write: Write, author: User) -> Post:
    post = write("First title", content="First text", tags=["Tea"], slug="one")
    return actions.edit(
        post, by=author, version=1, title="Second title", content="Second text", tags=[], slug="two"
    )


def history_url(post: Post) -> str:
    return reverse("studio:revision-list", args=[post.pk])


def version_url(post: Post, number: int, noun: str = "detail") -> str:
    return reverse(f"studio:revision-{noun}", args=[post.pk, number])


def test_a_version_shows_the_words_that_changed(author: User, at: At, post: Post) -> None:
    page = at(author).get(version_url(post, 2))
    assert "Changes since version 1" in page.text
    text = re.sub(r'<span class="visually-hidden">.*?</span>', "", page.text)
    assert "<del>First</del><ins>Second</ins> text" in text


def test_restoring_shows_first_what_would_change_and_can_be_undone(
    author: User, at: At, post: Post
) -> None:
    url = version_url(post, 1, "restore")
    page = at(author).get(url)
    changes = page.context["changes"]
    assert [(part.kind, part.text) for part in changes.content[:2]] == [
        ("deleted", "Second"),
        ("inserted", "First"),
    ]
    assert [field.label for field in changes.fields] == ["Tags"]  # the URL stays
    post.refresh_from_db()
    assert post.version == 2

    page = at(author).post(url, {"version": 2}, follow=True)
    assert page.context["undo"] == 2
    at(author).post(version_url(post, 2, "restore"), {"version": 3})
    post.refresh_from_db()
    assert (post.version, post.title, post.content) == (4, "Second title", "Second text")
    assert post.revisions.get(number=3).content == "First text"


def test_restoring_the_current_version_saves_nothing(author: User, at: At, post: Post) -> None:
    page = at(author).post(version_url(post, 2, "restore"), {"version": 2}, follow=True)
    assert "already like version 2" in page.text
    assert page.context["undo"] is None
    post.refresh_from_db()
    assert post.version == 2


def test_any_two_versions_are_compared(author: User, at: At, post: Post) -> None:
    actions.edit(post, by=author, version=2, content="Third text")
    page = at(author).get(version_url(post, 3), {"from": "1"})
    changes = page.context["changes"]
    assert (changes.before.number, changes.after.number) == (1, 3)
    assert (changes.added, changes.removed) == (1, 1)
    page = at(author).get(version_url(post, 1), {"from": "3"})
    assert "Changes since version 3" in page.text
    assert at(author).get(version_url(post, 1), {"from": "9"}).status_code == 404


def test_equal_versions_have_no_differences(author: User, at: At, post: Post) -> None:
    page = at(author).get(version_url(post, 1), {"from": "1"})
    assert "The two versions are equal." in page.text


def test_changed_options_are_listed_in_words(author: User, at: At, post: Post) -> None:
    actions.edit(post, by=author, version=2, is_featured=True, series="Walks")
    fields = at(author).get(version_url(post, 3)).context["changes"].fields
    assert [(field.before, field.after) for field in fields] == [("", "Walks"), ("no", "yes")]


def test_the_middle_of_a_long_unchanged_text_is_folded(author: User, at: At, write: Write) -> None:
    lines = "".join(f"Line {number}\n" for number in range(30))
    post = write(content=f"Old\n{lines}End")
    actions.edit(post, by=author, version=1, content=f"New\n{lines}Final")
    page = at(author).get(version_url(post, 2)).text
    assert re.search(r"2\d unchanged lines", page)
    assert page.count("Line 15") == 2  # in the details, and in the whole text below


def test_a_changed_line_break_is_visible(author: User, at: At, write: Write) -> None:
    post = write(content="One two")
    actions.edit(post, by=author, version=1, content="One\n\ntwo")
    assert "¶" in at(author).get(version_url(post, 2)).text


def test_changed_texts_are_escaped(author: User, at: At, write: Write) -> None:
    post = write(content="a <b>")
    actions.edit(post, by=author, version=1, content="a <script>")
    assert "<script>" not in at(author).get(version_url(post, 2)).text.partition("</head>")[2]


def test_a_version_gets_a_name_and_loses_it(author: User, at: At, post: Post) -> None:
    name = version_url(post, 1, "name")
    page = at(author).post(name, {"name": " As read to Tomás "}, follow=True)
    assert "This version is now “As read to Tomás”." in page.text
    page = at(author).get(history_url(post), {"show": "named"})
    assert [(r.number, r.name) for r in page.context["revisions"]] == [(1, "As read to Tomás")]
    at(author).post(name, {"name": ""})
    assert "No such versions" in at(author).get(history_url(post), {"show": "named"}).text


@pytest.mark.parametrize("name", ["x" * 101, "a\0b"])
def test_an_impossible_name_is_refused(author: User, at: At, post: Post, name: str) -> None:
    page = at(author).post(version_url(post, 1, "name"), {"name": name}, follow=True)
    assert page.status_code == 200
    assert not post.revisions.filter(name__gt="").exists()


def test_published_versions_are_filtered(author: User, at: At, post: Post) -> None:
    actions.publish(post, by=author)
    page = at(author).get(history_url(post), {"show": "published"})
    assert [r.number for r in page.context["revisions"]] == [2]
    assert at(author).get(history_url(post), {"show": "nonsense"}).context["revision_filter"] == ""


def test_versions_without_a_pause_between_them_are_one_session(
    author: User, editor: User, at: At, write: Write
) -> None:
    post = write(content="0")
    for version, user in enumerate([author, editor, author, author], start=1):
        actions.edit(post, by=user, version=version, content=str(version))
    start = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    for number, minutes in enumerate([0, 60, 80, 105, 200], start=1):
        saved_at = start + dt.timedelta(minutes=minutes)
        Revision.objects.filter(post=post, number=number).update(saved_at=saved_at)
    sessions = at(author).get(history_url(post)).context["sessions"]
    assert [[r.number for r in session.revisions] for session in sessions] == [[5], [4, 3, 2], [1]]
    assert sessions[1].names == [author.name, editor.name]

    actions.name_revision(post.revisions.get(number=3), "The middle")
    sessions = at(author).get(history_url(post)).context["sessions"]
    assert [session.first.number for session in sessions] == [5, 4, 3, 2, 1]


def test_an_autosave_does_not_replace_a_named_version(author: User, write: Write) -> None:
    post = write()
    actions.autosave(post, by=author, version=1, content="One")
    actions.name_revision(post.revisions.get(number=2), "Kept")
    actions.autosave(post, by=author, version=2, content="Two")
    assert [(r.content, r.name) for r in post.revisions.all()[:2]] == [("Two", ""), ("One", "Kept")]


def test_a_version_that_an_autosave_has_replaced_gets_no_name(author: User, write: Write) -> None:
    post = write()
    actions.autosave(post, by=author, version=1, content="One")
    revision = post.revisions.get(number=2)
    actions.autosave(post, by=author, version=2, content="Two")
    with pytest.raises(Revision.DoesNotExist):
        actions.name_revision(revision, "Too late")


def test_the_history_needs_no_query_per_version(
    author: User, at: At, write: Write, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    post = write(content="0")
    for version in range(1, 8):
        actions.edit(post, by=author, version=version, content=str(version))
    client = at(author)
    for url in (history_url(post), version_url(post, 8)):
        client.get(url)
        with django_assert_max_num_queries(15):
            client.get(url)
