"""Reading the site as an anonymous visitor."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.publication.models import Site
from tests.public.shown import get_context, get_text
from tests.public.writing import LATEST, publish, publish_many


def test_the_home_page_leads_with_the_newest_post(client: Client, author: User) -> None:
    publish_many(author, 3)
    response = client.get("/")
    assert get_context(response)["lead"].title == "Story 0"
    assert [post.title for post in get_context(response)["posts"]] == ["Story 1", "Story 2"]
    assert "Story 0" in response.content.decode()


def test_the_newest_featured_post_leads_the_home_page(client: Client, author: User) -> None:
    publish_many(author, 4)
    for slug in ("story-3", "story-2"):
        post = Post.objects.get(slug=slug)
        actions.edit(post, by=author, version=post.version, is_featured=True)
    response = client.get("/")
    assert get_context(response)["lead"].title == "Story 2"
    assert [post.title for post in get_context(response)["posts"]] == [
        "Story 0",
        "Story 1",
        "Story 3",
    ]


def test_the_home_page_of_a_site_without_posts_is_empty(client: Client, site: Site) -> None:
    response = client.get("/")
    assert get_context(response)["lead"] is None
    assert get_context(response)["posts"] == []
    assert response.status_code == 200


def test_a_site_that_is_not_set_up_has_a_home_page(client: Client, db: None) -> None:
    assert "Broadsheet" in get_text(client, "/")


def test_a_post_links_to_its_authors_tags_and_series(client: Client, author: User) -> None:
    publish(author, title="Bread & salt", content="Some *text*", tags=["Food"], series="Kitchen")
    page = get_text(client, "/bread-salt")
    assert "Bread &amp; salt" in page
    assert "<em>text</em>" in page
    assert 'href="/@ada"' in page
    assert 'href="/tag/food"' in page
    assert 'href="/series/kitchen"' in page


@pytest.mark.parametrize("status", ["unlisted", "archived"])
def test_unlisted_and_archived_posts_are_readable_but_not_listed(
    client: Client, author: User, status: str
) -> None:
    publish(author, title="In plain sight")
    publish(author, title="Hidden one", status=status, tags=["Food"], series="Kitchen")
    is_hidden = '<meta name="robots" content="noindex">' in get_text(client, "/hidden-one")
    assert is_hidden == (status == "unlisted")
    for path in ("/", "/archive", "/@ada", "/tag/food", "/series/kitchen", "/search?q=hidden",
                 "/rss.xml", "/sitemap-posts-2026-06.xml"):  # fmt: skip
        assert "/hidden-one" not in get_text(client, path), path


@pytest.mark.parametrize("status", ["draft", "scheduled", "deleted"])
def test_tags_and_series_that_only_hidden_posts_have_are_not_found(
    client: Client, author: User, status: str
) -> None:
    fields: dict[str, Any] = {"tags": ["Merger"], "series": "Layoffs", "pub_date": LATEST}
    if status == "deleted":
        actions.delete(publish(author, title="Not for you", **fields), by=author)
    else:
        publish(author, title="Not yet", status=status, **fields)
    for path in ("/tag/merger", "/tag/merger/rss.xml", "/tag/merger/feed.json", "/series/layoffs"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("status", ["draft", "scheduled"])
def test_drafts_are_not_public_even_for_their_author(
    client: Client, author: User, status: str
) -> None:
    publish(author, title="Not yet", status=status, pub_date=LATEST)
    get_text(client, "/not-yet", 404)
    client.force_login(author)
    get_text(client, "/not-yet", 404)


def test_a_deleted_post_is_on_no_page(client: Client, author: User) -> None:
    publish(author, title="Here to stay", tags=["Food"])
    post = publish(author, title="Gone soon", tags=["Food"])
    actions.delete(post, by=author)
    get_text(client, "/gone-soon", 404)
    for path in ("/", "/archive", "/@ada", "/tag/food", "/rss.xml", "/sitemap-posts-2026-06.xml"):
        assert "gone-soon" not in get_text(client, path), path


def test_slugs_in_any_script_work_as_urls(client: Client, author: User) -> None:
    publish(author, title="日本語の題名", language="ja")
    response = client.get("/日本語の題名")
    assert response.status_code == 200
    assert get_context(response)["post_lang"] == "ja"
    assert get_context(response)["post_dir"] == "ltr"


def test_an_author_has_a_page_with_their_posts(
    client: Client, author: User, another_author: User
) -> None:
    publish(author, title="By Ada")
    publish(another_author, title="By Bob")
    publish(author, title="By both", authors=[another_author, author])
    titles = [post.title for post in get_context(client.get("/@ada"))["posts"]]
    assert set(titles) == {"By Ada", "By both"}


def test_an_author_url_in_another_case_redirects(client: Client, author: User) -> None:
    response = client.get("/@ADA?after=")
    assert response.status_code == 301
    assert response["Location"] == "/@ada?after="


def test_readers_have_no_page_but_former_authors_keep_theirs(
    client: Client, reader: User, author: User
) -> None:
    get_text(client, "/@rita", 404)
    get_text(client, "/@nobody", 404)
    publish(author)
    User.objects.filter(pk=author.pk).update(role="reader", is_active=False)
    assert "A post" in get_text(client, "/@ada")


def test_a_series_lists_the_oldest_post_first(client: Client, author: User) -> None:
    publish_many(author, 3, series="Three")
    titles = [post.title for post in get_context(client.get("/series/three"))["posts"]]
    assert titles == ["Story 2", "Story 1", "Story 0"]


@pytest.mark.parametrize("path", ["/tag/none", "/series/none", "/none", "/archive/1999"])
def test_unknown_pages_are_not_found(client: Client, site: Site, path: str) -> None:
    get_text(client, path, 404)


def test_the_archive_is_grouped_by_year_and_links_to_adjacent_years(
    client: Client, author: User
) -> None:
    for year in (2020, 2022, 2026):
        publish(author, title=f"In {year}", pub_date=dt.datetime(year, 3, 1, tzinfo=dt.UTC))
    years = get_context(client.get("/archive"))["years"]
    assert [(year, len(posts)) for year, posts in years] == [(2026, 1), (2022, 1), (2020, 1)]
    context = get_context(client.get("/archive/2022"))
    assert [post.title for post in context["posts"]] == ["In 2022"]
    assert (context["older_year"], context["newer_year"]) == (2020, 2026)
    assert get_context(client.get("/archive/2020"))["older_year"] is None


def test_years_of_the_archive_are_in_the_sites_time_zone(
    client: Client, author: User, settings: object
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"  # type: ignore[attr-defined]
    publish(author, title="New year", pub_date=dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC))
    assert client.get("/archive/2026").status_code == 200
    assert client.get("/archive/2025").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/@ada", "/tag/food", "/series/kitchen", "/archive", "/archive/2026",
             "/rss.xml", "/atom.xml", "/feed.json", "/tag/food/rss.xml", "/search?q=story"]
)  # fmt: skip
def test_thirty_posts_need_no_more_queries_than_one(
    client: Client,
    author: User,
    another_author: User,
    path: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    more = {"tags": ["Food", "Wine"], "series": "Kitchen", "authors": [author, another_author]}
    publish(author, title="The first story", pub_date=LATEST - dt.timedelta(days=3), **more)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    publish_many(author, 30, **more)
    with django_assert_num_queries(len(one)):
        client.get(path)
    assert len(one) <= 10  # of the search on PostgreSQL; others need fewer


def test_the_home_page_needs_five_queries_and_a_post_eight(
    client: Client, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish_many(author, 9, tags=["Food", "Wine"], series="Kitchen")
    with django_assert_num_queries(5):
        client.get("/")
    with django_assert_num_queries(8):
        client.get("/story-4")
