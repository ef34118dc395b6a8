"""Sitemaps and robots.txt."""

import datetime as dt
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.publication.models import Site
from tests.public.writing import LATEST, publish, publish_many

SITE = "http://127.0.0.1:8000"


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return [e.text or "" for e in ET.fromstring(response.content).iter() if e.tag.endswith("loc")]


def test_the_sitemaps_list_every_post_once_and_what_leads_to_them(
    client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.public.views.sitemaps.SIZE", 5)
    publish_many(author, 12, tags=["Food"], series="Kitchen")
    publish(author, title="日本", status="published", tags=["酒"])
    pages, *parts = locations(client, "/sitemap.xml")
    assert len(parts) == 3
    listed = [url for part in parts for url in locations(client, part.removeprefix(SITE))]
    assert len(listed) == len(set(listed)) == 13
    assert f"{SITE}/%E6%97%A5%E6%9C%AC" in listed
    assert set(locations(client, pages.removeprefix(SITE))) == {
        f"{SITE}/", f"{SITE}/archive", f"{SITE}/@ada", f"{SITE}/tag/food",
        f"{SITE}/tag/%E9%85%92", f"{SITE}/series/kitchen",
    }  # fmt: skip


def test_a_new_post_changes_the_last_sitemap_only(
    client: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.public.views.sitemaps.SIZE", 5)
    publish_many(author, 10)
    before = locations(client, "/sitemap.xml")
    publish(author, title="The eleventh", pub_date=LATEST + dt.timedelta(days=1))
    after = locations(client, "/sitemap.xml")
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


def test_a_site_without_posts_has_a_sitemap(client: Client, site: Site) -> None:
    _pages, part = locations(client, "/sitemap.xml")
    assert locations(client, part.removeprefix(SITE)) == []


@pytest.mark.parametrize("start", ["x", "FIRST", "A" * 400])
def test_there_is_no_sitemap_at_another_address(client: Client, site: Site, start: str) -> None:
    assert client.get(f"/sitemap-posts-{start}.xml").status_code == 404


def test_robots_are_told_where_to_look_and_where_not(client: Client, site: Site) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    assert "Disallow: /studio" in text
