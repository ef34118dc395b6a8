"""Sitemaps and robots.txt."""

import datetime as dt
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.publication.models import Site
from tests.public.writing import publish

SITE = "http://127.0.0.1:8000"


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return [e.text or "" for e in ET.fromstring(response.content).iter() if e.tag.endswith("loc")]


def test_the_sitemaps_list_every_post_once_and_what_leads_to_them(
    client: Client, author: User
) -> None:
    for n in range(12):
        at = dt.datetime(2025, 1 + n % 3, 1 + n, tzinfo=dt.UTC)
        publish(author, title=f"Story {n}", pub_date=at, tags=["Food"], series="Kitchen")
    publish(
        author, title="日本", tags=["酒"], pub_date=dt.datetime(2019, 12, 31, 23, tzinfo=dt.UTC)
    )
    pages, *months = locations(client, "/sitemap.xml")
    assert months == [
        f"{SITE}/sitemap-posts-{month}.xml" for month in ("2025-3", "2025-2", "2025-1", "2019-12")
    ]
    listed = [url for month in months for url in locations(client, month.removeprefix(SITE))]
    assert len(listed) == len(set(listed)) == 13
    assert f"{SITE}/%E6%97%A5%E6%9C%AC" in listed
    assert set(locations(client, pages.removeprefix(SITE))) == {
        f"{SITE}/", f"{SITE}/archive", f"{SITE}/@ada", f"{SITE}/tag/food",
        f"{SITE}/tag/%E9%85%92", f"{SITE}/series/kitchen",
    }  # fmt: skip


def test_a_site_without_posts_has_a_sitemap(client: Client, site: Site) -> None:
    assert locations(client, "/sitemap.xml") == [f"{SITE}/sitemap-pages.xml"]


def test_a_century_of_posts_takes_three_queries(
    client: Client, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(author, title="Long ago", pub_date=dt.datetime(1890, 1, 1, tzinfo=dt.UTC))
    publish(author, title="Then", pub_date=dt.datetime(1950, 1, 1, tzinfo=dt.UTC))
    publish(author, title="Now", pub_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    with django_assert_num_queries(3):  # the oldest, the newest, and all months between
        months = locations(client, "/sitemap.xml")[1:]
    assert [month.rpartition("posts-")[2] for month in months] == ["2026-1.xml", "1950-1.xml"]


@pytest.mark.parametrize("month", ["x", "2026", "2026-5", "2026-0", "2026-13", "2026-99999999999"])
def test_there_is_no_sitemap_of_a_month_without_posts(
    client: Client, author: User, month: str
) -> None:
    publish(author)
    assert client.get(f"/sitemap-posts-{month}.xml").status_code == 404


def test_robots_are_told_where_to_look_and_where_not(client: Client, site: Site) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    assert "Disallow: /studio" in text
