"""The page of a post."""

import datetime as dt
import json
import re

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Related
from broadsheet.public import post_navigation
from tests.public.shown import get_context, get_text
from tests.public.writing import LATEST, publish, publish_many

TEXT = "Body\n\n## One\n\na\n\n## Two\n\nb\n\n## Three\n\nc"


def test_an_arabic_post_is_right_to_left(client: Client, author: User) -> None:
    publish(author, title="Marhaba", language="ar")
    assert get_context(client.get("/marhaba"))["post_dir"] == "rtl"


def test_an_invalid_language_of_an_old_row_is_ignored(client: Client, author: User) -> None:
    post = publish(author, title="Odd")
    Post.objects.filter(pk=post.pk).update(language="not a language")
    assert get_context(client.get("/odd"))["post_lang"] == "en"


def test_a_post_shows_its_position_in_the_series(client: Client, author: User) -> None:
    publish_many(author, 7, series="Seven")
    part = get_context(client.get("/story-4"))["part"]
    assert (part.position, part.total) == (3, 7)
    assert (part.previous.title, part.next.title) == ("Story 5", "Story 3")
    first, last = (get_context(client.get(f"/story-{n}"))["part"] for n in (6, 0))
    assert (first.position, first.previous) == (1, None)
    assert (last.position, last.next) == (7, None)


def test_a_post_links_to_the_next_newer_and_older_post(client: Client, author: User) -> None:
    publish_many(author, 3)
    context = get_context(client.get("/story-1"))
    assert (context["newer"].title, context["older"].title) == ("Story 0", "Story 2")
    assert get_context(client.get("/story-0"))["newer"] is None
    assert get_context(client.get("/story-2"))["older"] is None


def test_newer_and_older_posts_are_found_among_posts_of_the_same_time(
    client: Client, author: User
) -> None:
    posts = sorted((publish(author, title=f"Twin {n}") for n in range(3)), key=lambda p: p.pk)
    context = get_context(client.get(f"/{posts[1].slug}"))
    assert context["newer"].title == posts[2].title
    assert context["older"].title == posts[0].title


def test_related_posts_exclude_adjacent_posts_and_posts_that_are_not_listed(
    client: Client, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    posts = publish_many(author, 9)
    publish(author, title="Here", pub_date=LATEST + dt.timedelta(days=1))
    here = Post.objects.get(slug="here")
    Related.objects.bulk_create(
        Related(post=here, other=other, position=n, score=1 - n / 10)
        for n, other in enumerate([posts[5], posts[0], posts[3], posts[4], posts[7], posts[6]])
    )
    actions.unlist(posts[3], by=author)
    context = get_context(client.get("/here"))
    assert [post.title for post in context["related"]] == ["Story 5", "Story 4", "Story 7"]
    assert context["older"].title == "Story 0"
    story = context["post"]
    with django_assert_num_queries(3):
        post_navigation.post_navigation(story)


def test_contents_are_shown_for_three_headings_unless_turned_off(
    client: Client, author: User
) -> None:
    publish(author, title="Long", content=TEXT)
    assert [h.text for h in get_context(client.get("/long"))["contents"]] == ["One", "Two", "Three"]
    publish(author, title="Plain", content=TEXT, shows_contents=False)
    assert get_context(client.get("/plain"))["contents"] == []
    publish(author, title="Short", content="## One\n\n## Two")
    assert get_context(client.get("/short"))["contents"] == []


def test_a_post_has_metadata_for_sharing(client: Client, author: User) -> None:
    post = publish(author, title='A "quoted" title', excerpt="It is <this>.", tags=["Food"])
    page = get_text(client, post.get_absolute_url())
    assert '<link rel="canonical" href="http://127.0.0.1:8000/a-quoted-title">' in page
    assert '<meta property="og:title" content="A &quot;quoted&quot; title">' in page
    assert '<meta name="description" content="It is &lt;this&gt;.">' in page
    assert f"/share/{post.pk.hex}-1.png" in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    for kind in ("rss", "atom", "feed"):
        assert f'type="application/{kind}+' in page


def test_a_canonical_url_of_another_site_is_used(client: Client, author: User) -> None:
    publish(author, title="Elsewhere", canonical_url="https://example.org/first")
    assert 'rel="canonical" href="https://example.org/first"' in get_text(client, "/elsewhere")


def test_titles_are_escaped_in_structured_data(client: Client, author: User) -> None:
    title = "</script><script>alert(1)</script> & <!--"
    post = publish(author, title=title, tags=["</script>"], slug="evil")
    page = get_text(client, "/evil")
    assert "<script>alert" not in page
    data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    posting, crumbs = json.loads(data[0])["@graph"]
    assert posting["headline"] == title
    assert posting["@type"] == "BlogPosting"
    assert posting["author"][0]["name"] == "Ada"
    assert posting["url"] == f"http://127.0.0.1:8000/{post.slug}"
    assert [item["position"] for item in crumbs["itemListElement"]] == [1, 2, 3]
