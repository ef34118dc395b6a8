"""Sitemaps and robots.txt."""

import datetime as dt
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.lib.keyset import NEWEST
from broadsheet.posts.models import Post
from broadsheet.publication.models import Site
from tests.public.writing import publish, publish_many

SITE = "http://127.0.0.1:8000"


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return [e.text or "" for e in ET.fromstring(response.content).iter() if e.tag.endswith("loc")]


def sitemaps(client: Client) -> dict[str, list[str]]:
    """Return the paths that each of the site's sitemaps lists."""
    paths = [url.removeprefix(SITE) for url in locations(client, "/sitemap.xml")]
    return {path: [url.removeprefix(SITE) for url in locations(client, path)] for path in paths}


def publish_monthly(author: User, numbers: range) -> None:
    """Publish stories, one a month, each with a tag of its own."""
    for n in numbers:
        at = dt.datetime(2020 + n // 12, 1 + n % 12, 1, tzinfo=dt.UTC)
        publish(author, title=f"Story {n}", pub_date=at, tags=[f"Tag {n}"])


def test_the_sitemaps_list_every_post_once_and_all_list_pages(client: Client, author: User) -> None:
    for n in range(12):
        at = dt.datetime(2025, 1 + n % 3, 1 + n, tzinfo=dt.UTC)
        publish(author, title=f"Story {n}", pub_date=at, tags=["Food"], series="Kitchen")
    publish(
        author, title="日本", tags=["酒"], pub_date=dt.datetime(2019, 12, 31, 23, tzinfo=dt.UTC)
    )
    listed = sitemaps(client)
    assert list(listed) == [
        "/sitemap-pages.xml",
        *(f"/sitemap-posts-{month}.xml" for month in ("2025-03", "2025-02", "2025-01", "2019-12")),
    ]
    assert listed["/sitemap-posts-2019-12.xml"] == ["/%E6%97%A5%E6%9C%AC"]
    assert listed["/sitemap-posts-2025-03.xml"] == [f"/story-{n}" for n in (2, 5, 8, 11)]
    assert set(listed["/sitemap-pages.xml"]) == {
        "/", "/archive", "/@ada", "/tag/food", "/tag/%E9%85%92", "/series/kitchen",
    }  # fmt: skip


def test_a_site_without_posts_has_a_sitemap(client: Client, site: Site) -> None:
    assert sitemaps(client) == {"/sitemap-pages.xml": ["/", "/archive"]}
    for kind in ("authors", "tags", "series", "posts-2026-11"):
        assert client.get(f"/sitemap-{kind}.xml").status_code == 404


def test_a_sitemap_with_more_than_ten_thousand_urls_is_split(
    client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.public.views.sitemaps.SIZE", 3)
    publish_monthly(author, range(7))
    publish_many(author, 7)
    listed = sitemaps(client)
    lengths: dict[str, list[int]] = {path.partition("?")[0]: [] for path in listed}
    for path, paths in listed.items():
        lengths[path.partition("?")[0]].append(len(paths))
    assert lengths == {
        "/sitemap-pages.xml": [2 + 1 + 3],
        "/sitemap-tags.xml": [3, 1],
        "/sitemap-posts-2026-06.xml": [3, 3, 1],
        **{f"/sitemap-posts-2020-{month:02}.xml": [1] for month in range(1, 8)},
    }
    all_paths = [path for paths in listed.values() for path in paths]
    assert len(all_paths) == len(set(all_paths)) == 2 + 1 + 7 + 14


def test_posts_of_the_same_time_are_split_too(
    client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.public.views.sitemaps.SIZE", 3)
    publish_many(author, 10)
    Post.objects.update(pub_date=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    listed = [p for path, paths in sitemaps(client).items() if "posts" in path for p in paths]
    assert len(listed) == len(set(listed)) == 10


def test_a_sitemap_depends_only_on_its_month(client: Client, author: User) -> None:
    publish_monthly(author, range(3))
    assert client.get("/sitemap-posts-2020-02.xml")["Surrogate-Key"] == "month:2020-02"


def test_a_sitemap_needs_one_query(
    client: Client, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish_many(author, 30)
    with django_assert_num_queries(1):
        locations(client, "/sitemap-posts-2026-06.xml")


@pytest.mark.parametrize("after", ["x", "2026-5", str(NEWEST)])
def test_a_sitemap_page_after_the_last_url_is_not_found(
    client: Client, author: User, after: str
) -> None:
    publish(author)
    for kind in ("authors", "tags", "series", "posts-2026-06"):
        assert client.get(f"/sitemap-{kind}.xml?after={after}").status_code == 404


def test_robots_txt_lists_the_sitemap_and_excludes_the_studio(client: Client, site: Site) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    assert "Disallow: /studio" in text
