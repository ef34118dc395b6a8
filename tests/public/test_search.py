"""Searching the site: what it finds, offers and refuses."""

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
from tests.public.shown import shown, text_of
from tests.public.writing import LATEST, publish


def titles(client: Client, **asked: Any) -> list[str]:
    """Return the titles of what is found."""
    response = client.get("/search", asked)
    assert response.status_code == 200
    return [result.post.title for result in shown(response)["results"]]


def suggested(client: Client, query: str) -> list[str]:
    return [post["title"] for post in client.get("/search/suggest", {"q": query}).json()["posts"]]


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


def test_a_misspelt_word_finds_what_was_meant_and_says_so(client: Client, author: User) -> None:
    publish(author, title="Sourdough for beginners")
    page = client.get("/search", {"q": "suordough"})
    assert [result.post.title for result in shown(page)["results"]] == ["Sourdough for beginners"]
    assert "No results for “suordough”. Showing results for “<strong>sourdough</strong>”." in (
        page.content.decode()
    )


def test_nothing_is_corrected_to_a_word_that_was_unpublished(client: Client, author: User) -> None:
    post = publish(author, title="Sourdough for beginners")
    actions.unpublish(post, by=author)
    assert titles(client, q="suordough") == []
    assert "sourdough" not in client.get("/search", {"q": "suordough"}).content.decode()
    assert suggested(client, "sour") == []


def test_a_search_is_narrowed_by_author_tag_and_days(
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


def test_what_a_search_is_narrowed_to_follows_the_post(client: Client, author: User) -> None:
    post = publish(author, title="Story", tags=["Bread"])
    actions.edit(post, by=author, version=post.version, tags=["Soup"])
    assert titles(client, q="story", tag="soup") == ["Story"]
    assert titles(client, q="story", tag="bread") == []


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"author": "nobody"}, "No author named “nobody” has published here."),
        ({"author": "rita"}, "No author named “rita” has published here."),
        ({"tag": "hidden"}, "No post has the tag “hidden”."),
        ({"from": "yesterday"}, "Enter a valid date."),
    ],
)
def test_what_a_search_cannot_be_narrowed_to_is_said_beside_the_field(
    client: Client, author: User, reader: User, asked: dict[str, str], answer: str
) -> None:
    publish(author, title="Story", tags=["Bread"])
    actions.create(by=author, title="Story", tags=["Hidden"])
    page = client.get("/search", {"q": "story", **asked})
    assert page.status_code == 200
    assert shown(page)["results"] == []
    assert answer in page.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1969-12-31"])
def test_any_day_can_be_asked_for(client: Client, author: User, day: str) -> None:
    publish(author, title="Story")
    assert len(titles(client, q="story", **{"from": day})) + len(
        titles(client, q="story", to=day)
    ) in {1, 2}


def test_pages_keep_what_the_search_is_narrowed_to(client: Client, author: User) -> None:
    actions.create_many(
        [
            {"title": "Story", "tags": ["Bread"], "status": "published", "pub_date": LATEST}
            for _n in range(25)
        ],
        by=author,
    )
    first = client.get("/search", {"q": "story", "tag": "bread", "from": "2020-01-01"})
    second = client.get(shown(first)["older_url"])
    assert len(shown(second)["results"]) == 5
    assert "tag=bread&from=2020-01-01" in shown(first)["older_url"]
    both = {r.post.id for page in (first, second) for r in shown(page)["results"]}
    assert len(both) == 25


def test_titles_are_suggested_as_one_types(client: Client, author: User) -> None:
    publish(author, title="The sourdough letters", slug="letters")
    publish(author, title="Soup", content="sourdough")
    answer = client.get("/search/suggest", {"q": "the sour"})
    assert answer.json() == {"posts": [{"title": "The sourdough letters", "url": "/letters"}]}
    assert "Surrogate-Key" not in answer
    assert suggested(client, "") == suggested(client, "-") == []


@pytest.mark.parametrize("status", ["draft", "scheduled", "unlisted", "archived"])
def test_what_is_not_listed_is_not_suggested(client: Client, author: User, status: str) -> None:
    date = LATEST.replace(year=2099) if status == "scheduled" else LATEST
    publish(author, title="Secret merger", status=status, pub_date=date)
    assert suggested(client, "secret") == titles(client, q="merger") == []


def test_the_index_can_be_made_anew(client: Client, author: User) -> None:
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
def test_nothing_one_may_type_is_an_error(
    client: Client, site: Site, query: str, author: str, tag: str, day: str
) -> None:
    asked = {"q": query, "author": author, "tag": tag, "from": day, "to": day}
    texts = {name: text.encode("utf-8", "ignore").decode() for name, text in asked.items()}
    assert client.get("/search", texts).status_code == 200
    assert client.get("/search/suggest", texts).status_code == 200
