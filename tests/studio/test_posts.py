"""The list of posts."""

import re

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.studio import post_list
from tests.studio.conftest import At, Write


def titles(at: At, user: User, query: str = "") -> list[str]:
    return [post.title for post in at(user).get(f"/studio{query}").context["page"].posts]


def test_authors_see_their_own_posts_and_editors_see_all(
    author: User, another_author: User, editor: User, owner: User, at: At, write: Write
) -> None:
    write("Ada's")
    write("Bob's", by=another_author)
    write("Edgar's", by=editor)
    assert titles(at, author) == ["Ada's"]
    assert titles(at, another_author) == ["Bob's"]
    assert titles(at, editor) == titles(at, owner) == ["Edgar's", "Bob's", "Ada's"]
    assert titles(at, editor, "?author=me") == ["Edgar's"]


def test_the_list_is_filtered_by_status_tag_and_title(author: User, at: At, write: Write) -> None:
    write("A draft about tea", tags=["Tea"])
    write("Published", status="published", pub_date=timezone.now(), tags=["Deep Sea"])
    assert titles(at, author, "?status=draft") == ["A draft about tea"]
    assert titles(at, author, "?status=published") == ["Published"]
    assert titles(at, author, "?tag=deep+sea") == ["Published"]
    assert titles(at, author, "?text=TEA") == ["A draft about tea"]
    assert titles(at, author, "?text=tea&status=published") == []
    assert len(titles(at, author, "?status=nonsense&tag=&text=")) == 2


def test_every_empty_list_shows_what_to_do_next(author: User, at: At, write: Write) -> None:
    assert "Write your first post" in at(author).get("/studio").text
    assert "No deleted posts" in at(author).get("/studio?status=deleted").text
    write("One")
    assert "Show all" in at(author).get("/studio?text=nothing+like+this").text


def test_the_pages_list_every_post_once(
    author: User, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_list, "PAGE_SIZE", 2)
    actions.create_many([{"title": f"Post {n}"} for n in range(5)], by=author)
    Post.objects.update(updated_at=timezone.now())  # equal times: ordered by id
    client, url, seen = at(author), "/studio?status=draft", []
    while url:
        page = client.get(url)
        seen += [post.title for post in page.context["page"].posts]
        more = page.context["next_url"]
        url = more and f"/studio{more}"
    assert sorted(seen) == [f"Post {n}" for n in range(5)]
    assert len(re.findall("First page", page.text)) == 1


def test_an_invalid_cursor_is_not_found(author: User, at: At) -> None:
    assert at(author).get("/studio?after=nonsense").status_code == 404


def test_a_longer_list_needs_no_more_queries(
    author: User, at: At, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    actions.create_many([{"title": f"{n}", "tags": [f"tag {n}"]} for n in range(30)], by=author)
    client = at(author)
    with django_assert_max_num_queries(9):  # two of them check the worker
        assert len(client.get("/studio").context["page"].posts) == 30


def test_the_filter_takes_words_tags_and_authors(
    author: User, another_author: User, editor: User, at: At, write: Write
) -> None:
    write("Green tea at noon", tags=["Deep Sea"])
    write("Tea of Bob", by=another_author, tags=["Tea"])
    assert titles(at, editor, "?text=noon+tea") == ["Green tea at noon"]
    assert titles(at, editor, "?text=tag:tea") == ["Tea of Bob"]
    assert titles(at, editor, "?text=tag:%22Deep+Sea%22+green") == ["Green tea at noon"]
    assert titles(at, editor, "?text=by:bob+tea") == ["Tea of Bob"]
    assert titles(at, editor, "?text=by:nobody") == titles(at, editor, "?text=tag:none") == []
    assert len(titles(at, editor, "?text=tea+%22")) == 2


@pytest.mark.parametrize("query", ["", "&text=e"])
def test_the_list_is_sorted_by_its_headings(
    author: User, at: At, write: Write, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_list, "PAGE_SIZE", 2)
    for title in ("Elder", "apple", "Beet", "elder"):
        write(title)
    by_title = ["apple", "Beet", "Elder", "elder"]
    by_time = ["Elder", "apple", "Beet", "elder"]
    for sort, expected in (
        ("title", by_title),
        ("-title", by_title[::-1]),
        ("saved", by_time),
        ("-saved", by_time[::-1]),
        ("nonsense", by_time[::-1]),
    ):
        first = at(author).get(f"/studio?sort={sort}{query}")
        following = at(author).get(f"/studio{first.context['next_url']}")
        pages = [*first.context["page"].posts, *following.context["page"].posts]
        assert [post.title for post in pages] == expected
    page = at(author).get(f"/studio?sort=title{query}")
    assert 'aria-sort="ascending"' in page.text
    assert "sort=-title" in page.context["sort_links"]["title"]["url"]
    assert "sort=-saved" in page.context["sort_links"]["saved"]["url"]
