"""Sitemaps and robots.txt."""

import datetime as dt
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.lib.cursor import NEWEST
from broadsheet.posts import actions
from broadsheet.posts.actions import cut_sitemaps
from broadsheet.posts.models import Cut, Post
from broadsheet.publication.models import Site
from tests.public.writing import publish, publish_many

SITE = "http://127.0.0.1:8000"


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return [e.text or "" for e in ET.fromstring(response.content).iter() if e.tag.endswith("loc")]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut sitemaps after three addresses."""
    monkeypatch.setattr("broadsheet.posts.actions.cuts.SIZE", dict.fromkeys(Cut.Of, 3))


def sitemaps(client: Client) -> dict[str, list[str]]:
    """Return the paths that each of the site's sitemaps lists."""
    paths = [url.removeprefix(SITE) for url in locations(client, "/sitemap.xml")]
    return {path: [url.removeprefix(SITE) for url in locations(client, path)] for path in paths}


def write(author: User, numbers: range) -> None:
    """Publish stories, one a month, each with a tag of its own."""
    for n in numbers:
        at = dt.datetime(2020 + n // 12, 1 + n % 12, 1, tzinfo=dt.UTC)
        publish(author, title=f"Story {n}", pub_date=at, tags=[f"Tag {n}"])


def test_the_sitemaps_list_every_post_once_and_what_leads_to_them(
    client: Client, author: User
) -> None:
    for n in range(12):
        at = dt.datetime(2025, 1 + n % 3, 1 + n, tzinfo=dt.UTC)
        publish(author, title=f"Story {n}", pub_date=at, tags=["Food"], series="Kitchen")
    publish(
        author, title="日本", tags=["酒"], pub_date=dt.datetime(2019, 12, 31, 23, tzinfo=dt.UTC)
    )
    found = sitemaps(client)
    assert list(found) == ["/sitemap-pages.xml", "/sitemap-posts.xml"]
    listed = found["/sitemap-posts.xml"]
    assert listed[0] == "/%E6%97%A5%E6%9C%AC"  # the oldest first
    assert len(listed) == len(set(listed)) == 13
    assert set(found["/sitemap-pages.xml"]) == {
        "/", "/archive", "/@ada", "/tag/food", "/tag/%E9%85%92", "/series/kitchen",
    }  # fmt: skip


def test_a_site_without_posts_has_a_sitemap(client: Client, site: Site) -> None:
    assert sitemaps(client) == {"/sitemap-pages.xml": ["/", "/archive"]}
    for of in Cut.Of.values:
        assert client.get(f"/sitemap-{of}.xml").status_code == 404


@pytest.mark.usefixtures("short")
def test_a_sitemap_that_has_grown_long_is_cut(client: Client, author: User) -> None:
    write(author, range(6))
    cut_sitemaps()
    assert list(sitemaps(client)) == ["/sitemap-pages.xml", "/sitemap-posts.xml"]
    write(author, range(6, 17))
    cut_sitemaps()
    found = sitemaps(client)
    lengths: dict[str, list[int]] = {path.partition("?")[0]: [] for path in found}
    for path, paths in found.items():
        lengths[path.partition("?")[0]].append(len(paths))
    assert lengths == {
        "/sitemap-pages.xml": [2 + 1 + 3],
        "/sitemap-posts.xml": [3, 3, 3, 3, 5],
        "/sitemap-tags.xml": [3, 3, 3, 5],
    }
    listed = [path for paths in found.values() for path in paths]
    assert len(listed) == len(set(listed))
    assert {f"/story-{n}" for n in range(17)} | {f"/tag/tag-{n}" for n in range(17)} < {*listed}


@pytest.mark.usefixtures("short")
def test_sitemaps_keep_their_addresses_when_posts_come_and_go(client: Client, author: User) -> None:
    write(author, range(17))
    cut_sitemaps()
    before = sitemaps(client)
    write(author, range(17, 19))
    actions.unlist(Post.objects.get(slug="story-4"), by=author)
    cut_sitemaps()
    after = sitemaps(client)
    assert {*before} < {*after}
    for slug in ("story-3", "story-5"):
        actions.unlist(Post.objects.get(slug=slug), by=author)
    cut_sitemaps()  # nothing is left between two cuts
    gone = {*after} - {*sitemaps(client)}
    assert {path.partition("?")[0] for path in gone} == {"/sitemap-posts.xml", "/sitemap-tags.xml"}


def test_posts_of_the_same_moment_are_cut_too(client: Client, author: User, short: None) -> None:
    publish_many(author, 10)
    Post.objects.update(pub_date=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    cut_sitemaps()
    found = sitemaps(client)
    listed = [p for path, paths in found.items() if "posts" in path for p in paths]
    assert len(listed) == len(set(listed)) == 10
    assert max(map(len, found.values())) <= 6


@pytest.mark.usefixtures("short")
def test_a_sitemap_says_which_months_it_was_made_from(client: Client, author: User) -> None:
    write(author, range(17))
    cut_sitemaps()
    first, second, *_others, last = [path for path in sitemaps(client) if "posts" in path]
    assert (
        client.get(first)["Surrogate-Key"] == "cuts posts month:2020-01 month:2020-02 month:2020-03"
    )
    assert client.get(second)["Surrogate-Key"].split()[:2] == ["cuts", "month:2020-03"]
    assert "posts" in client.get(last)["Surrogate-Key"].split()


def test_a_sitemap_that_reaches_over_centuries_is_not_kept(client: Client, author: User) -> None:
    publish(author, title="Long ago")
    ago = dt.datetime(1690, 1, 1, tzinfo=dt.UTC)  # which an earlier release took
    Post.objects.update(pub_date=ago)
    publish(author, title="Now", pub_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert "Surrogate-Key" not in client.get("/sitemap-posts.xml").headers


def test_a_long_sitemap_takes_two_queries(
    client: Client, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    write(author, range(30))
    with django_assert_num_queries(2):  # the next cut, and the posts
        locations(client, "/sitemap-posts.xml")


@pytest.mark.parametrize("after", ["x", "2026-5", str(NEWEST)])
def test_there_is_no_sitemap_from_where_nothing_comes(
    client: Client, author: User, after: str
) -> None:
    publish(author)
    for of in Cut.Of.values:
        assert client.get(f"/sitemap-{of}.xml?after={after}").status_code == 404


def test_robots_are_told_where_to_look_and_where_not(client: Client, site: Site) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    assert "Disallow: /studio" in text
