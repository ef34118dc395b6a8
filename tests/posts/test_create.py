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


def test_a_new_post_is_a_draft_of_its_author_with_one_revision(author: User) -> None:
    post = actions.create(by=author, title="Good morning", content="# Hello\n\n*World*")
    assert (post.status, post.slug, post.version) == ("draft", "good-morning", 1)
    assert list(post.authors.all()) == [author]
    assert "<em>World</em>" in post.html
    assert post.revisions.get().content == post.content


def test_authors_and_tags_keep_their_order_without_duplicates(
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


def test_generated_slugs_in_use_or_reserved_get_a_number(author: User) -> None:
    slugs = [actions.create(by=author, title=t).slug for t in ("One", "One", "one!", "Studio", "")]
    assert slugs == ["one", "one-2", "one-3", "studio-2", "untitled"]


@pytest.mark.parametrize("slug", ["one", "login", "LOGIN", "api"])
def test_an_explicit_slug_in_use_or_reserved_is_rejected(slug: str, author: User) -> None:
    actions.create(by=author, title="One")
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="Two", slug=slug)
    assert "slug" in error.value.message_dict
    assert Post.objects.count() == 1


def test_explicit_slugs_in_use_get_a_number_in_bulk_creation(author: User) -> None:
    drafts: list[actions.NewPostInput] = [
        {"title": "A", "slug": s} for s in ("one", "one", "login")
    ]
    assert [post.slug for post in actions.create_many(drafts, by=author)] == [
        "one", "one-2", "login-2",
    ]  # fmt: skip


def test_a_slug_generated_again_from_the_title_gets_a_number(author: User) -> None:
    actions.create(by=author, title="One")
    post = actions.create(by=author, title="Two")
    post = actions.edit(post, by=author, version=1, title="One", slug="")
    assert post.slug == "one-2"
    post = actions.edit(post, by=author, version=2, title="One", slug="", content="more")
    assert post.slug == "one-2"


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_an_implausible_publication_date_is_rejected(year: int, author: User) -> None:
    at = dt.datetime(year, 6, 1, tzinfo=dt.UTC)
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="Old", status="published", pub_date=at)
    assert error.value.message_dict == {"pub_date": ["The year must be between 1900 and 2999."]}
    post = actions.create(by=author, title="Old")
    with pytest.raises(ValidationError) as error:
        actions.publish(post, by=author, at=at)
    assert "at" in error.value.message_dict
    with pytest.raises(ValidationError):
        actions.edit(post, by=author, version=1, pub_date=at)


def test_a_slug_taken_concurrently_gets_a_number(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.create(by=author, title="One")
    create = import_module("broadsheet.posts.actions.create")
    original = create.taken_slugs

    def miss_slugs_in_use(_candidates: object) -> set[str]:
        monkeypatch.setattr(create, "taken_slugs", original)
        return set(RESERVED_SLUGS)

    monkeypatch.setattr(create, "taken_slugs", miss_slugs_in_use)
    assert actions.create(by=author, title="One", tags=["Tea"]).slug == "one-2"
    assert [tag.name for tag in Tag.objects.all()] == ["Tea"]


@pytest.mark.parametrize("taken", [{"source_id": "hashnode:1"}, {"id": uuid.UUID(int=7)}])
def test_only_a_slug_conflict_is_retried(
    taken: actions.NewPostInput, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.create_many([{"title": "One", "slug": "posts_post_slug_key", **taken}], by=author)
    tries: list[object] = []
    create = import_module("broadsheet.posts.actions.create")
    original = create.taken_slugs

    def count(candidates: Iterable[str]) -> object:
        tries.append(candidates)
        return original(candidates)

    monkeypatch.setattr(create, "taken_slugs", count)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.create_many([{"title": "Two", **taken}], by=author)
    assert len(tries) == 1


def test_a_post_published_without_a_date_is_published_now(author: User) -> None:
    before = timezone.now()
    post = actions.create(by=author, title="News", status="published")
    assert post.pub_date is not None
    assert before <= post.pub_date <= timezone.now()
    assert list(Post.objects.published()) == [post]


def test_a_post_published_with_a_future_date_is_scheduled(author: User) -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    assert actions.create(by=author, title="X", status="published", pub_date=tomorrow).status == (
        "scheduled"
    )
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="X", status="scheduled")
    assert set(error.value.message_dict) == {"pub_date"}
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="", status="published")
    assert set(error.value.message_dict) == {"title"}


def test_authors_and_tags_of_a_new_post_are_prefetched(
    author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post = actions.create(by=author, title="News", tags=["Tea", "Jam"])
    with django_assert_num_queries(0):
        assert list(post.authors.all()) == [author]
        assert [tag.name for tag in post.tags.all()] == ["Tea", "Jam"]
    assert [tag.name for tag in post.tags.filter(slug="jam")] == ["Jam"]
    assert not post.authors.exclude(pk=author.pk).exists()


def test_the_number_of_queries_does_not_depend_on_the_number_of_posts(author: User) -> None:
    def count_queries(count: int) -> int:
        drafts: list[actions.NewPostInput] = [
            {"title": f"{count} {n}", "tags": [f"t{n}"], "series": f"s{count}", "content": "x"}
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            actions.create_many(drafts, by=author)
        return len(queries)

    assert count_queries(3) == count_queries(40)


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
def test_an_invalid_value_is_an_error_of_its_field(field: str, value: object, author: User) -> None:
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, **{"title": "T", field: value})  # type: ignore[arg-type] # wrong on purpose
    assert set(error.value.message_dict) == {field}
    assert not Post.objects.exists()


class TestSlugs(TestCase):
    @given(st.lists(st.text(max_size=300), max_size=12))
    def test_any_titles_get_slug_conflicts_that_are_not_reserved(self, titles: list[str]) -> None:
        titles = [title.replace("\0", "")[:300] for title in titles]
        user = User.objects.create_user("a", "a@example.org", role=Role.AUTHOR)
        posts = actions.create_many([{"title": title} for title in titles], by=user)
        slugs = [post.slug for post in posts]
        assert len(set(slugs)) == len(slugs)
        assert not RESERVED_SLUGS & set(slugs)
        for post in posts:
            post.clean_fields(exclude=["title"])

    @given(st.lists(st.text(max_size=100), max_size=8))
    def test_any_tags_are_saved(self, names: list[str]) -> None:
        user = User.objects.create_user("a", "a@example.org", role=Role.AUTHOR)
        names = [name.replace("\0", "") for name in names]
        names = [name for name in names if not is_invisible(name)]
        post = actions.create(
            by=user, title="T", tags=names, status="published", pub_date=timezone.now()
        )
        assert set(post.tags.all()) == set(Tag.objects.all())
