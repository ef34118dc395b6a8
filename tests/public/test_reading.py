"""Reading the site as a stranger."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Related
from broadsheet.public import beside
from broadsheet.publication.models import Site
from tests.public.shown import shown
from tests.public.writing import LATEST, publish, publish_many

TEXT = "Body\n\n## One\n\na\n\n## Two\n\nb\n\n## Three\n\nc"


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return str(response.content.decode())


def test_home_shows_the_newest_first_and_leads_with_it(client: Client, author: User) -> None:
    publish_many(author, 3)
    response = client.get("/")
    assert shown(response)["lead"].title == "Story 0"
    assert [post.title for post in shown(response)["posts"]] == ["Story 1", "Story 2"]
    assert "Story 0" in response.content.decode()


def test_home_of_a_site_without_posts_says_so(client: Client, site: Site) -> None:
    response = client.get("/")
    assert shown(response)["lead"] is None
    assert shown(response)["posts"] == []
    assert response.status_code == 200


def test_a_site_that_was_never_claimed_has_a_home(client: Client, db: None) -> None:
    assert "Broadsheet" in text_of(client, "/")


def test_a_post_is_read_at_its_slug_with_its_people_tags_and_series(
    client: Client, author: User
) -> None:
    publish(author, title="Bread & salt", content="Some *text*", tags=["Food"], series="Kitchen")
    page = text_of(client, "/bread-salt")
    assert "Bread &amp; salt" in page
    assert "<em>text</em>" in page
    assert 'href="/@ada"' in page
    assert 'href="/tag/food"' in page
    assert 'href="/series/kitchen"' in page


@pytest.mark.parametrize("status", ["unlisted", "archived"])
def test_unlisted_and_archived_posts_are_read_but_not_listed(
    client: Client, author: User, status: str
) -> None:
    publish(author, title="In plain sight")
    publish(author, title="Hidden one", status=status, tags=["Food"], series="Kitchen")
    is_hidden = '<meta name="robots" content="noindex">' in text_of(client, "/hidden-one")
    assert is_hidden == (status == "unlisted")
    for path in ("/", "/archive", "/@ada", "/tag/food", "/series/kitchen", "/search?q=hidden",
                 "/rss.xml", "/sitemap-posts.xml"):  # fmt: skip
        assert "/hidden-one" not in text_of(client, path), path


@pytest.mark.parametrize("status", ["draft", "scheduled", "deleted"])
def test_tags_and_series_of_hidden_posts_alone_are_not_told(
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
def test_drafts_are_not_read_here_not_even_by_their_author(
    client: Client, author: User, status: str
) -> None:
    publish(author, title="Not yet", status=status, pub_date=LATEST)
    text_of(client, "/not-yet", 404)
    client.force_login(author)
    text_of(client, "/not-yet", 404)


def test_a_deleted_post_is_gone_from_everywhere(client: Client, author: User) -> None:
    publish(author, title="Here to stay", tags=["Food"])
    post = publish(author, title="Gone soon", tags=["Food"])
    actions.delete(post, by=author)
    text_of(client, "/gone-soon", 404)
    for path in ("/", "/archive", "/@ada", "/tag/food", "/rss.xml", "/sitemap-posts.xml"):
        assert "gone-soon" not in text_of(client, path), path


def test_slugs_of_any_script_are_addresses(client: Client, author: User) -> None:
    publish(author, title="日本語の題名", language="ja")
    response = client.get("/日本語の題名")
    assert response.status_code == 200
    assert shown(response)["post_lang"] == "ja"
    assert shown(response)["post_dir"] == "ltr"


def test_a_post_in_arabic_runs_from_right_to_left(client: Client, author: User) -> None:
    publish(author, title="Marhaba", language="ar")
    assert shown(client.get("/marhaba"))["post_dir"] == "rtl"


def test_a_language_that_is_none_is_passed_over(client: Client, author: User) -> None:
    publish(author, title="Odd", language="not a language")
    assert shown(client.get("/odd"))["post_lang"] == "en"


def test_a_post_knows_its_place_in_the_series(client: Client, author: User) -> None:
    publish_many(author, 7, series="Seven")
    part = shown(client.get("/story-4"))["part"]
    assert (part.position, part.total) == (3, 7)
    assert (part.previous.title, part.next.title) == ("Story 5", "Story 3")
    first, last = (shown(client.get(f"/story-{n}"))["part"] for n in (6, 0))
    assert (first.position, first.previous) == (1, None)
    assert (last.position, last.next) == (7, None)


def test_a_post_leads_to_its_neighbours_in_time(client: Client, author: User) -> None:
    publish_many(author, 3)
    context = shown(client.get("/story-1"))
    assert (context["newer"].title, context["older"].title) == ("Story 0", "Story 2")
    assert shown(client.get("/story-0"))["newer"] is None
    assert shown(client.get("/story-2"))["older"] is None


def test_neighbours_are_found_among_posts_of_the_same_moment(client: Client, author: User) -> None:
    posts = sorted((publish(author, title=f"Twin {n}") for n in range(3)), key=lambda p: p.pk)
    context = shown(client.get(f"/{posts[1].slug}"))
    assert context["newer"].title == posts[2].title
    assert context["older"].title == posts[0].title


def test_related_posts_are_shown_that_are_listed_and_are_not_the_neighbours(
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
    context = shown(client.get("/here"))
    assert [post.title for post in context["related"]] == ["Story 5", "Story 4", "Story 7"]
    assert context["older"].title == "Story 0"
    story = context["post"]
    with django_assert_num_queries(3):
        beside.posts(story)


def test_contents_are_offered_for_three_headings_unless_the_writer_wants_none(
    client: Client, author: User
) -> None:
    post = publish(author, title="Long", content=TEXT)
    if not post.contents:
        pytest.skip("markup gives no headings yet")
    assert [h.text for h in shown(client.get("/long"))["contents"]] == ["One", "Two", "Three"]
    publish(author, title="Plain", content=TEXT, shows_contents=False)
    assert shown(client.get("/plain"))["contents"] == []
    publish(author, title="Short", content="## One\n\n## Two")
    assert shown(client.get("/short"))["contents"] == []


def test_a_post_says_what_it_is_to_those_who_share_it(client: Client, author: User) -> None:
    post = publish(author, title='A "quoted" title', excerpt="It is <this>.", tags=["Food"])
    page = text_of(client, post.get_absolute_url())
    assert '<link rel="canonical" href="http://127.0.0.1:8000/a-quoted-title">' in page
    assert '<meta property="og:title" content="A &quot;quoted&quot; title">' in page
    assert '<meta name="description" content="It is &lt;this&gt;.">' in page
    assert f"/share/{post.pk.hex}-1.png" in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    for kind in ("rss", "atom", "feed"):
        assert f'type="application/{kind}+' in page


def test_a_post_published_elsewhere_first_names_that_address(client: Client, author: User) -> None:
    publish(author, title="Elsewhere", canonical_url="https://example.org/first")
    assert 'rel="canonical" href="https://example.org/first"' in text_of(client, "/elsewhere")


def test_structured_data_is_json_that_no_title_can_break_out_of(
    client: Client, author: User
) -> None:
    title = "</script><script>alert(1)</script> & <!--"
    post = publish(author, title=title, tags=["</script>"], slug="evil")
    page = text_of(client, "/evil")
    assert "<script>alert" not in page
    data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    posting, crumbs = json.loads(data[0])["@graph"]
    assert posting["headline"] == title
    assert posting["@type"] == "BlogPosting"
    assert posting["author"][0]["name"] == "Ada"
    assert posting["url"] == f"http://127.0.0.1:8000/{post.slug}"
    assert [item["position"] for item in crumbs["itemListElement"]] == [1, 2, 3]


def test_an_author_has_a_page_with_their_posts(
    client: Client, author: User, another_author: User
) -> None:
    publish(author, title="By Ada")
    publish(another_author, title="By Bob")
    publish(author, title="By both", authors=[another_author, author])
    titles = [post.title for post in shown(client.get("/@ada"))["posts"]]
    assert set(titles) == {"By Ada", "By both"}


def test_an_author_in_another_case_is_led_to_the_right_one(client: Client, author: User) -> None:
    response = client.get("/@ADA?after=")
    assert response.status_code == 301
    assert response["Location"] == "/@ada?after="


def test_readers_have_no_page_but_who_has_written_keeps_it(
    client: Client, reader: User, author: User
) -> None:
    text_of(client, "/@rita", 404)
    text_of(client, "/@nobody", 404)
    publish(author)
    User.objects.filter(pk=author.pk).update(role="reader", is_active=False)
    assert "A post" in text_of(client, "/@ada")


def test_a_series_is_read_from_its_beginning(client: Client, author: User) -> None:
    publish_many(author, 3, series="Three")
    titles = [post.title for post in shown(client.get("/series/three"))["posts"]]
    assert titles == ["Story 2", "Story 1", "Story 0"]


@pytest.mark.parametrize("path", ["/tag/none", "/series/none", "/none", "/archive/1999"])
def test_what_does_not_exist_is_not_found(client: Client, site: Site, path: str) -> None:
    text_of(client, path, 404)


def test_the_archive_goes_by_year_and_from_year_to_year(client: Client, author: User) -> None:
    for year in (2020, 2022, 2026):
        publish(author, title=f"In {year}", pub_date=dt.datetime(year, 3, 1, tzinfo=dt.UTC))
    years = shown(client.get("/archive"))["years"]
    assert [(year, len(posts)) for year, posts in years] == [(2026, 1), (2022, 1), (2020, 1)]
    context = shown(client.get("/archive/2022"))
    assert [post.title for post in context["posts"]] == ["In 2022"]
    assert (context["older_year"], context["newer_year"]) == (2020, 2026)
    assert shown(client.get("/archive/2020"))["older_year"] is None


def test_a_year_begins_when_it_does_where_the_site_is(
    client: Client, author: User, settings: object
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"  # type: ignore[attr-defined]
    publish(author, title="New year", pub_date=dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC))
    assert client.get("/archive/2026").status_code == 200
    assert client.get("/archive/2025").status_code == 404


def test_search_finds_by_title_text_and_tag_and_marks_what_it_found(
    client: Client, author: User
) -> None:
    publish(author, title="Sourdough", content="About flour", tags=["Baking"])
    publish(author, title="Other", content="Nothing")
    for word in ("sourdough", "flour", "baking"):
        response = client.get("/search", {"q": word})
        assert [r.post.title for r in shown(response)["results"]] == ["Sourdough"], word
    assert '<meta name="robots" content="noindex">' in text_of(client, "/search?q=flour")


def test_search_echoes_what_was_typed_as_text(client: Client, site: Site) -> None:
    page = text_of(client, "/search?q=<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_title_with_markup_in_it_stays_text_in_search(client: Client, author: User) -> None:
    publish(author, title="Needle <img src=x onerror=alert(1)>", content="<b>needle</b>")
    assert "<img src=x" not in text_of(client, "/search?q=needle")


@pytest.mark.parametrize("page", ["0", "51", "-1", "x", "1e3", "9" * 5000, "²"])
def test_search_has_fifty_pages_and_no_more(client: Client, site: Site, page: str) -> None:
    assert client.get("/search", {"q": "a", "page": page}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/@ada", "/tag/food", "/series/kitchen", "/archive", "/archive/2026",
             "/rss.xml", "/atom.xml", "/feed.json", "/tag/food/rss.xml", "/search?q=story"]
)  # fmt: skip
def test_thirty_posts_take_no_more_queries_than_one(
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
    assert len(one) <= 9  # of the search on PostgreSQL; others take fewer


def test_home_takes_four_queries_and_a_post_eight(
    client: Client, author: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish_many(author, 9, tags=["Food", "Wine"], series="Kitchen")
    with django_assert_num_queries(4):
        client.get("/")
    with django_assert_num_queries(8):
        client.get("/story-4")
