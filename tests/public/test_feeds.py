"""RSS, Atom and JSON feeds."""

import datetime as dt
import json
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.publication.models import Site
from tests.public.writing import LATEST, publish, publish_many

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
SITE = "http://127.0.0.1:8000"
STEMS = ["/", "/@ada/", "/tag/food/"]


def xml(client: Client, path: str) -> ET.Element:
    response = client.get(path)
    assert response.status_code == 200
    return ET.fromstring(response.content)


def publish_full_post(author: User, another: User) -> Post:
    return publish(
        author,
        title="Bread & <salt>",
        content="Hello [home](/about-us) and ![x](/media/a.png) and [note](#fn)",
        tags=["Food", "Wine"],
        authors=[author, another],
        language="de",
        cover_url="https://example.org/c.jpg",
    )


@pytest.mark.parametrize("stem", STEMS)
def test_rss_contains_full_posts(
    client: Client, author: User, another_author: User, stem: str
) -> None:
    post = publish_full_post(author, another_author)
    item = xml(client, f"{stem}rss.xml").findall("channel/item")[0]
    assert item.findtext("title") == "Bread & <salt>"
    assert item.findtext("link") == f"{SITE}/{post.slug}"
    assert item.findtext("guid") == f"urn:uuid:{post.pk}"
    assert item.find("guid").get("isPermaLink") == "false"  # type: ignore[union-attr]
    assert [e.text for e in item.findall("category")] == ["Food", "Wine"]
    assert [e.text for e in item.findall(CREATOR)] == ["Ada", "Bob"]
    content = item.findtext(CONTENT) or ""
    assert f'href="{SITE}/about-us"' in content
    assert f"{SITE}/media/a.png" in content
    assert f'href="{SITE}/{post.slug}#' in content
    assert 'src="https://example.org/c.jpg"' in content


@pytest.mark.parametrize("stem", STEMS)
def test_atom_contains_full_posts_with_permanent_ids(
    client: Client, author: User, another_author: User, stem: str
) -> None:
    post = publish_full_post(author, another_author)
    entry = xml(client, f"{stem}atom.xml").findall(f"{ATOM}entry")[0]
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{post.pk}"
    assert entry.findtext(f"{ATOM}published") == "2026-06-01T12:00:00+00:00"
    assert [e.get("term") for e in entry.findall(f"{ATOM}category")] == ["Food", "Wine"]
    assert [e.findtext(f"{ATOM}name") for e in entry.findall(f"{ATOM}author")] == ["Ada", "Bob"]
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert f'href="{SITE}/about-us"' in (content.text or "")
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    changed = actions.edit(post, by=author, version=1, slug="bread")
    entry = xml(client, f"{stem}atom.xml").findall(f"{ATOM}entry")[0]
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{post.pk}"
    assert dt.datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "") == changed.updated_at


@pytest.mark.parametrize("stem", STEMS)
def test_json_feed_contains_full_posts(
    client: Client, author: User, another_author: User, stem: str
) -> None:
    post = publish_full_post(author, another_author)
    response = client.get(f"{stem}feed.json")
    assert response["Content-Type"].startswith("application/feed+json")
    feed: dict[str, Any] = json.loads(response.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{SITE}{stem}feed.json"
    item = feed["items"][0]
    assert item["id"] == f"urn:uuid:{post.pk}"
    assert item["authors"][1] == {"name": "Bob", "url": f"{SITE}/@bob"}
    assert item["tags"] == ["Food", "Wine"]
    assert f'href="{SITE}/about-us"' in item["content_html"]


@pytest.mark.parametrize("form", ["rss.xml", "atom.xml", "feed.json"])
def test_a_feed_has_the_twenty_newest_posts(client: Client, author: User, form: str) -> None:
    publish_many(author, 25)
    text = client.get(f"/{form}").content.decode()
    assert f"{SITE}/story-19" in text
    assert f"{SITE}/story-20" not in text


@pytest.mark.parametrize("form", ["rss.xml", "atom.xml", "feed.json"])
def test_a_feed_without_posts_is_identical_each_time(client: Client, site: Site, form: str) -> None:
    assert client.get(f"/{form}").content == client.get(f"/{form}").content


@pytest.mark.parametrize("form", ["rss.xml", "atom.xml"])
def test_characters_that_are_invalid_in_xml_are_removed(
    client: Client, author: User, form: str
) -> None:
    post = publish(author, title="Old file", tags=["Food"])
    Post.objects.filter(pk=post.pk).update(
        title="Old\x0b file\x1f", html="<p>a\x08b\ufffe</p>", summary="s\x0c"
    )
    xml(client, f"/{form}")


@pytest.mark.parametrize("path", ["/tag/none/rss.xml", "/@nobody/atom.xml", "/@rita/feed.json"])
def test_a_feed_of_an_unknown_tag_or_author_is_not_found(
    client: Client, reader: User, path: str
) -> None:
    assert client.get(path).status_code == 404


def test_an_unchanged_feed_gets_304(client: Client, author: User) -> None:
    publish(author, pub_date=LATEST)
    etag = client.get("/rss.xml")["ETag"]
    assert client.get("/rss.xml", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("excerpt", ["Use List<String> and a < b", "AT&amp;T", "<b>x</b>"])
def test_excerpts_are_escaped_in_feeds(client: Client, author: User, excerpt: str) -> None:
    publish(author, title="One", excerpt=excerpt)
    item = xml(client, "/rss.xml").findall("channel/item")[0]
    summary = xml(client, "/atom.xml").find(f"{ATOM}entry/{ATOM}summary")
    assert summary is not None
    assert summary.get("type") == "html"
    assert "<" not in (item.findtext("description") or "")
    assert unescape(item.findtext("description") or "") == excerpt
    assert unescape(summary.text or "") == excerpt
    assert client.get("/feed.json").json()["items"][0]["summary"] == excerpt
