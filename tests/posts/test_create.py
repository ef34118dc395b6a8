"""New posts."""

import datetime as dt
import uuid
from collections.abc import Iterable
from importlib import import_module

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import Role, User
from broadsheet.lib.slugs import is_invisible
from broadsheet.posts import actions
from broadsheet.posts.models import RESERVED_SLUGS, Post, Tag


def test_a_new_post_is_a_draft_of_its_writer_with_a_first_revision(author: User) -> None:
    post = actions.create(by=author, title="Good morning", content="# Hello\n\n*World*")
    assert (post.status, post.slug, post.version) == ("draft", "good-morning", 1)
    assert list(post.authors.all()) == [author]
    assert "<em>World</em>" in post.html
    assert post.revisions.get().content == post.content


def test_authors_and_tags_keep_their_order_and_stand_once(
    author: User, another_author: User
) -> None:
    post = actions.create(
        by=author,
        title="T",
        authors=[another_author, author, another_author],
        tags=["Zebra", "Ape", " zebra ", "", "!!!"],
    )
    post = Post.objects.for_reading().get(pk=post.pk)
    assert list(post.authors.all()) == [another_author, author]
    assert [tag.name for tag in post.tags.all()] == ["Zebra", "Ape", "!!!"]


def test_slugs_that_are_taken_or_reserved_get_a_number(author: User) -> None:
    made = [actions.create(by=author, title=t).slug for t in ("One", "One", "one!", "Studio", "")]
    assert made == ["one", "one-2", "one-3", "studio-2", "untitled"]


@pytest.mark.parametrize("slug", ["one", "login", "LOGIN", "api"])
def test_a_slug_that_is_named_is_taken_as_it_is_or_refused(slug: str, author: User) -> None:
    actions.create(by=author, title="One")
    with pytest.raises(ValidationError) as refusal:
        actions.create(by=author, title="Two", slug=slug)
    assert "slug" in refusal.value.message_dict
    assert Post.objects.count() == 1


def test_a_slug_that_many_posts_name_gets_a_number_as_importers_need(author: User) -> None:
    drafts: list[actions.NewPostInput] = [
        {"title": "A", "slug": s} for s in ("one", "one", "login")
    ]
    assert [post.slug for post in actions.create_many(drafts, by=author)] == [
        "one", "one-2", "login-2",
    ]  # fmt: skip


def test_a_slug_that_is_made_anew_from_the_title_gets_a_number_too(author: User) -> None:
    actions.create(by=author, title="One")
    post = actions.create(by=author, title="Two")
    post = actions.edit(post, by=author, version=1, title="One", slug="")
    assert post.slug == "one-2"
    post = actions.edit(post, by=author, version=2, title="One", slug="", content="more")
    assert post.slug == "one-2"


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_no_post_has_a_date_that_is_a_slip(year: int, author: User) -> None:
    at = dt.datetime(year, 6, 1, tzinfo=dt.UTC)
    with pytest.raises(ValidationError) as refusal:
        actions.create(by=author, title="Old", status="published", pub_date=at)
    assert refusal.value.message_dict == {"pub_date": ["The year must be between 1900 and 2999."]}
    post = actions.create(by=author, title="Old")
    with pytest.raises(ValidationError) as refusal:
        actions.publish(post, by=author, at=at)
    assert "at" in refusal.value.message_dict
    with pytest.raises(ValidationError):
        actions.edit(post, by=author, version=1, pub_date=at)


def test_a_slug_that_is_taken_at_the_same_moment_gets_a_number_too(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.create(by=author, title="One")
    create = import_module("broadsheet.posts.actions.create")
    look = create.taken_slugs

    def look_too_early(_wanted: object) -> set[str]:
        monkeypatch.setattr(create, "taken_slugs", look)
        return set(RESERVED_SLUGS)

    monkeypatch.setattr(create, "taken_slugs", look_too_early)
    assert actions.create(by=author, title="One", tags=["Tea"]).slug == "one-2"
    assert [tag.name for tag in Tag.objects.all()] == ["Tea"]


@pytest.mark.parametrize("taken", [{"source_id": "hashnode:1"}, {"id": uuid.UUID(int=7)}])
def test_only_a_slug_that_is_taken_is_tried_again(
    taken: actions.NewPostInput, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.create_many([{"title": "One", "slug": "posts_post_slug_key", **taken}], by=author)
    tries: list[object] = []
    create = import_module("broadsheet.posts.actions.create")
    look = create.taken_slugs

    def count(wanted: Iterable[str]) -> object:
        tries.append(wanted)
        return look(wanted)

    monkeypatch.setattr(create, "taken_slugs", count)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.create_many([{"title": "Two", **taken}], by=author)
    assert len(tries) == 1


def test_what_is_published_without_a_date_is_published_now(author: User) -> None:
    before = timezone.now()
    post = actions.create(by=author, title="News", status="published")
    assert post.pub_date is not None
    assert before <= post.pub_date <= timezone.now()
    assert list(Post.objects.published()) == [post]


def test_what_is_published_at_a_time_to_come_is_scheduled(author: User) -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    assert actions.create(by=author, title="X", status="published", pub_date=tomorrow).status == (
        "scheduled"
    )
    with pytest.raises(ValidationError) as caught:
        actions.create(by=author, title="X", status="scheduled")
    assert set(caught.value.message_dict) == {"pub_date"}
    with pytest.raises(ValidationError) as caught:
        actions.create(by=author, title="", status="published")
    assert set(caught.value.message_dict) == {"title"}


def test_a_new_post_knows_its_people_and_tags_as_if_it_had_been_read(
    author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post = actions.create(by=author, title="News", tags=["Tea", "Jam"])
    with django_assert_num_queries(0):
        assert list(post.authors.all()) == [author]
        assert [tag.name for tag in post.tags.all()] == ["Tea", "Jam"]
    assert [tag.name for tag in post.tags.filter(slug="jam")] == ["Jam"]
    assert not post.authors.exclude(pk=author.pk).exists()


def test_many_posts_cost_as_many_queries_as_a_few(author: User) -> None:
    def cost(count: int) -> int:
        drafts: list[actions.NewPostInput] = [
            {"title": f"{count} {n}", "tags": [f"t{n}"], "series": f"s{count}", "content": "x"}
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            actions.create_many(drafts, by=author)
        return len(queries)

    assert cost(3) == cost(40)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 301),
        ("slug", "with/slash"),
        ("slug", "Login"),
        ("canonical_url", "javascript:alert(1)"),
        ("cover_url", "not an address"),
        ("tags", ["x" * 101]),
        ("series", "x" * 201),
        ("status", "hidden"),
        ("title", "a\0b"),
        ("slug", "a\0b"),
        ("content", "a\0b"),
        ("tags", ["fine", "a\0b"]),
        ("series", "a\0b"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(
    field: str, value: object, author: User
) -> None:
    with pytest.raises(ValidationError) as caught:
        actions.create(by=author, **{"title": "T", field: value})  # type: ignore[arg-type] # wrong on purpose
    assert set(caught.value.message_dict) == {field}
    assert not Post.objects.exists()


class TestSlugs(TestCase):
    @given(st.lists(st.text(max_size=300), max_size=12))
    def test_any_titles_give_different_addresses_that_nobody_else_needs(
        self, titles: list[str]
    ) -> None:
        titles = [title.replace("\0", "")[:300] for title in titles]
        user = User.objects.create_user("a", "a@example.org", role=Role.AUTHOR)
        posts = actions.create_many([{"title": title} for title in titles], by=user)
        slugs = [post.slug for post in posts]
        assert len(set(slugs)) == len(slugs)
        assert not RESERVED_SLUGS & set(slugs)
        for post in posts:
            post.clean_fields(exclude=["title"])

    @given(st.lists(st.text(max_size=100), max_size=8))
    def test_any_tags_are_filed(self, names: list[str]) -> None:
        user = User.objects.create_user("a", "a@example.org", role=Role.AUTHOR)
        names = [name.replace("\0", "") for name in names]
        names = [name for name in names if not is_invisible(name)]
        post = actions.create(
            by=user, title="T", tags=names, status="published", pub_date=timezone.now()
        )
        assert set(post.tags.all()) == set(Tag.objects.all())
