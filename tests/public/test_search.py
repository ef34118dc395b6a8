"""The search page: results, suggestions, filters and errors."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.publication.models import Site
from tests.public.shown import get_context, get_text
from tests.public.writing import LATEST, publish


def titles(client: Client, **params: Any) -> list[str]:
    """Return the titles of the results."""
    response = client.get("/search", params)
    assert response.status_code == 200
    return [result.post.title for result in get_context(response)["results"]]


def suggested(client: Client, query: str) -> list[str]:
    return [post["title"] for post in client.get("/search/suggest", {"q": query}).json()["posts"]]


def test_search_matches_title_text_and_tags(client: Client, author: User) -> None:
    publish(author, title="Sourdough", content="About flour", tags=["Baking"])
    publish(author, title="Other", content="Nothing")
    for word in ("sourdough", "flour", "baking"):
        response = client.get("/search", {"q": word})
        assert [r.post.title for r in get_context(response)["results"]] == ["Sourdough"], word
    assert '<meta name="robots" content="noindex">' in get_text(client, "/search?q=flour")


def test_the_query_is_escaped_on_the_search_page(client: Client, site: Site) -> None:
    page = get_text(client, "/search?q=<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_markup_in_titles_is_escaped_in_search_results(client: Client, author: User) -> None:
    publish(author, title="Needle <img src=x onerror=alert(1)>", content="<b>needle</b>")
    assert "<img src=x" not in get_text(client, "/search?q=needle")


@pytest.mark.parametrize("page", ["0", "51", "-1", "x", "1e3", "9" * 5000, "²"])
def test_search_has_at_most_fifty_pages(client: Client, site: Site, page: str) -> None:
    assert client.get("/search", {"q": "a", "page": page}).status_code == 404


def test_a_misspelt_word_is_corrected_with_a_notice(client: Client, author: User) -> None:
    publish(author, title="Sourdough for beginners")
    page = client.get("/search", {"q": "suordough"})
    assert [result.post.title for result in get_context(page)["results"]] == [
        "Sourdough for beginners"
    ]
    assert "No results for “suordough”. Showing results for “<strong>sourdough</strong>”." in (
        page.content.decode()
    )


def test_words_of_unpublished_posts_are_no_corrections(client: Client, author: User) -> None:
    post = publish(author, title="Sourdough for beginners")
    actions.unpublish(post, by=author)
    assert titles(client, q="suordough") == []
    assert "sourdough" not in client.get("/search", {"q": "suordough"}).content.decode()
    assert suggested(client, "sour") == []


def test_a_search_is_filtered_by_author_tag_and_dates(
    client: Client, author: User, another_author: User
) -> None:
    for n, (by, tag) in enumerate([(author, "Bread"), (author, "Soup"), (another_author, "Bread")]):
        publish(by, title=f"Story {n}", tags=[tag], pub_date=LATEST - dt.timedelta(days=n))
    assert titles(client, q="story", author="ADA") == ["Story 0", "Story 1"]
    assert titles(client, q="story", author="@bob", tag="bread") == ["Story 2"]
    assert titles(client, q="story", tag="Soup") == ["Story 1"]
    day = (LATEST - dt.timedelta(days=1)).date().isoformat()
    assert titles(client, q="story", **{"from": day}) == ["Story 0", "Story 1"]
    assert titles(client, q="story", to=day) == ["Story 1", "Story 2"]
    assert titles(client, q="story", **{"from": day, "to": day}) == ["Story 1"]


def test_search_filters_follow_changes_of_a_post(client: Client, author: User) -> None:
    post = publish(author, title="Story", tags=["Bread"])
    actions.edit(post, by=author, version=post.version, tags=["Soup"])
    assert titles(client, q="story", tag="soup") == ["Story"]
    assert titles(client, q="story", tag="bread") == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"author": "nobody"}, "No author named “nobody” has published here."),
        ({"author": "rita"}, "No author named “rita” has published here."),
        ({"tag": "hidden"}, "No post has the tag “hidden”."),
        ({"from": "yesterday"}, "Enter a valid date."),
    ],
)
def test_an_invalid_search_filter_is_a_field_error(
    client: Client, author: User, reader: User, params: dict[str, str], message: str
) -> None:
    publish(author, title="Story", tags=["Bread"])
    actions.create(by=author, title="Story", tags=["Hidden"])
    page = client.get("/search", {"q": "story", **params})
    assert page.status_code == 200
    assert get_context(page)["results"] == []
    assert message in page.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1969-12-31"])
def test_any_date_can_be_a_filter(client: Client, author: User, day: str) -> None:
    publish(author, title="Story")
    assert len(titles(client, q="story", **{"from": day})) + len(
        titles(client, q="story", to=day)
    ) in {1, 2}


def test_page_links_keep_the_search_filters(client: Client, author: User) -> None:
    actions.create_many(
        [
            {"title": "Story", "tags": ["Bread"], "status": "published", "pub_date": LATEST}
            for _n in range(25)
        ],
        by=author,
    )
    first = client.get("/search", {"q": "story", "tag": "bread", "from": "2020-01-01"})
    second = client.get(get_context(first)["older_url"])
    assert len(get_context(second)["results"]) == 5
    assert "tag=bread&from=2020-01-01" in get_context(first)["older_url"]
    both = {r.post.id for page in (first, second) for r in get_context(page)["results"]}
    assert len(both) == 25


def test_titles_are_suggested_while_typing(client: Client, author: User) -> None:
    publish(author, title="The sourdough letters", slug="letters")
    publish(author, title="Soup", content="sourdough")
    response = client.get("/search/suggest", {"q": "the sour"})
    assert response.json() == {"posts": [{"title": "The sourdough letters", "url": "/letters"}]}
    assert "Surrogate-Key" not in response
    assert suggested(client, "") == suggested(client, "-") == []


@pytest.mark.parametrize("status", ["draft", "scheduled", "unlisted", "archived"])
def test_posts_that_are_not_listed_are_not_suggested(
    client: Client, author: User, status: str
) -> None:
    date = LATEST.replace(year=2099) if status == "scheduled" else LATEST
    publish(author, title="Secret merger", status=status, pub_date=date)
    assert suggested(client, "secret") == titles(client, q="merger") == []


def test_the_index_can_be_rebuilt(client: Client, author: User) -> None:
    publish(author, title="Bread", subtitle="With seeds", content="and flour", tags=["Baking"])
    search.clear()
    assert titles(client, q="bread") == []
    call_command("reindex", verbosity=0)
    for word in ("bread", "seeds", "flour", "baking"):
        assert titles(client, q=word) == ["Bread"], word
    assert titles(client, q="bread", author="ada", tag="baking") == ["Bread"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    query=st.text() | st.text(alphabet="ab\"'-*():^{}&|!<>\\ 日語\x00"),
    author=st.just("") | st.text(),
    tag=st.just("") | st.text(),
    day=st.just("") | st.dates().map(str) | st.text(max_size=12),
)
def test_no_search_input_causes_an_error(
    client: Client, site: Site, query: str, author: str, tag: str, day: str
) -> None:
    params = {"q": query, "author": author, "tag": tag, "from": day, "to": day}
    texts = {name: text.encode("utf-8", "ignore").decode() for name, text in params.items()}
    assert client.get("/search", texts).status_code == 200
    assert client.get("/search/suggest", texts).status_code == 200
