"""Queries and inserts whose SQL is written once."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import Role, Token, User
from broadsheet.lib.compiled_query import Among, CompiledQuery, Models
from broadsheet.lib.inserts import Insert
from broadsheet.posts import actions
from broadsheet.posts.models import Authorship, Post, Tag, Unrelated

pytestmark = pytest.mark.django_db


def test_models_are_what_the_query_would_have_found(owner: User) -> None:
    token = Token.objects.create(user=owner, name="t", digest="d")
    read = Models(lambda d: Token.objects.select_related("user").filter(digest=d), "a digest")
    for _again in range(2):
        [found] = read("d")
        assert {f.attname: getattr(found, f.attname) for f in Token._meta.concrete_fields} == {
            f.attname: getattr(token, f.attname) for f in Token._meta.concrete_fields
        }
        assert (found.user.links, found.user.pk, found._state.adding) == ([], owner.pk, False)
    assert read("other") == []


def test_what_a_model_refers_to_may_be_missing(
    author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actions.create(by=author, title="Alone")
    actions.create(by=author, title="Part", series="Kitchen")
    read = Models(lambda slug: Post.objects.select_related("series").filter(slug=slug), "a-slug")
    [alone], [part] = read("alone"), read("part")
    with django_assert_num_queries(0):
        assert alone.series is None
        assert part.series is not None
        assert part.series.name == "Kitchen"


@pytest.mark.parametrize("count", [0, 1, 3, 33, 501])
def test_rows_are_found_among_any_number_of_values(count: int) -> None:
    Tag.objects.bulk_create(Tag(name=str(n), slug=f"tag-{n}") for n in range(count))
    names = Among(
        CompiledQuery,
        lambda *slugs: Tag.objects.filter(slug__in=slugs).values_list("slug"),
        "{}".format,
    )
    wanted = [f"tag-{n}" for n in range(count)]
    assert sorted(slug for (slug,) in names([*wanted, "unknown"])) == sorted(wanted)
    assert names([]) == []


def test_a_value_that_stands_nowhere_in_the_query_is_told() -> None:
    with pytest.raises(ValueError, match="does not stand"):
        CompiledQuery(lambda _slug: Tag.objects.filter(Q()).values_list("slug"), "a")("b")


def test_rows_are_added_with_their_defaults_and_know_it() -> None:
    add = Insert(User)
    people = [User(username=f"u{n}", email=f"u{n}@example.org", role=Role.AUTHOR) for n in range(3)]
    add(*people)
    add()
    assert list(User.objects.order_by("username")) == people
    assert not people[0]._state.adding
    people[0].display_name = "U"
    people[0].save()  # an update
    assert User.objects.get(username="u0").display_name == "U"


def test_a_key_that_the_database_counts_is_left_to_it(author: User, another_author: User) -> None:
    post = actions.create(by=author, title="T")
    Insert(Authorship)(Authorship(post=post, user=another_author, position=1))
    assert list(Post.objects.get().authors.order_by("username")) == [
        author,
        another_author,
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Insert(Authorship)(Authorship(post=post, user=another_author, position=2))


def test_only_what_is_named_is_replaced(author: User) -> None:
    post = actions.create(by=author, title="T")
    first, second = timezone.now(), timezone.now()
    Insert(Unrelated)(Unrelated(post_id=post.pk, step="read", asked_at=first))
    add = Insert(Unrelated, replacing=["asked_at"])
    add(Unrelated(post_id=post.pk, step="relate", asked_at=second))
    row = Unrelated.objects.get()
    assert (row.step, row.asked_at) == ("read", second)


def test_a_list_of_what_is_published_is_planned_once_and_finds_quotes_and_percents(
    author: User,
) -> None:
    actions.create(by=author, title="It's 100%", slug="odd", status="published")
    titles = CompiledQuery(
        lambda slug: Post.objects.filter(slug=slug, title="It's 100%").values_list("title"),
        "a-slug",
    )
    assert titles("odd") == [("It's 100%",)]
    assert titles("even") == []
    assert titles._compiled[connection.vendor].params == ["a-slug"]
