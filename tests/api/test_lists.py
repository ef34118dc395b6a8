"""Lists: filters, pagination and the number of queries."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory

POSTS = "/api/v1/posts"


def _publish(by: User, number: int, **fields: Any) -> list[Post]:
    now = timezone.now()
    return actions.create_many(
        [
            {
                "title": f"Post {n}",
                "status": "published",
                "pub_date": now - dt.timedelta(hours=n // 2),  # two share each date
                "content": "Some *text*.",
                **fields,  # type: ignore[typeddict-item]
            }
            for n in range(number)
        ],
        by=by,
    )


def _fetch_all(client: Client, url: str) -> list[dict[str, Any]]:
    pages = []
    next_url: str | None = url
    while next_url:
        page = client.get(next_url)
        pages.append(page.json())
        next_url = pages[-1]["next"]
        assert ("Link" in page.headers) == bool(next_url)
    return [row for page in pages for row in page["results"]]


def test_all_pages_together_contain_each_post_once_in_order(
    author: User, api_client: ApiClientFactory
) -> None:
    _publish(author, 23)
    anonymous = _fetch_all(Client(), f"{POSTS}?limit=5")
    assert [p["pub_date"] for p in anonymous] == sorted(
        (p["pub_date"] for p in anonymous), reverse=True
    )
    assert len({p["id"] for p in anonymous}) == len(anonymous) == 23
    own = _fetch_all(api_client(author), f"{POSTS}?limit=5")
    assert [p["id"] for p in own] == sorted((p["id"] for p in own), reverse=True)
    assert len(own) == 23


def test_posts_published_meanwhile_do_not_shift_pages(author: User) -> None:
    _publish(author, 10)
    before = [p["id"] for p in _fetch_all(Client(), f"{POSTS}?limit=5")]
    first = Client().get(f"{POSTS}?limit=5").json()
    _publish(author, 3)
    Post.objects.filter(pk=before[1]).update(deleted_at=timezone.now())
    rest = Client().get(first["next"]).json()["results"]
    assert [p["id"] for p in rest if p["id"] in before] == before[5:]


def test_the_number_of_queries_does_not_depend_on_length_and_depth_of_a_page(
    author: User, editor: User, api_client: ApiClientFactory
) -> None:
    _publish(author, 60, tags=["A", "B"], series="S")
    client = api_client(editor)

    def count_queries(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        # Once a day, the last use of the token is saved.
        return sum('SET "last_used_on"' not in query["sql"] for query in queries)

    short, long = count_queries(f"{POSTS}?limit=2"), count_queries(f"{POSTS}?limit=50")
    deep = count_queries(client.get(f"{POSTS}?limit=50").json()["next"])
    with_texts = count_queries(f"{POSTS}?limit=50&include=content,html")
    assert short == long == deep == with_texts <= 5


def test_lists_contain_content_and_html_only_on_request(author: User) -> None:
    _publish(author, 1)
    [plain] = Client().get(POSTS).json()["results"]
    assert not {"content", "html"} & set(plain)
    [html] = Client().get(f"{POSTS}?include=html").json()["results"]
    assert ("html" in html, "content" in html) == (True, False)
    [both] = Client().get(f"{POSTS}?include=content,html").json()["results"]
    assert both["content"] == "Some *text*."


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("author=ADA", {"Hello"}),
        ("author=nobody", set()),
        ("tag=python", {"Hello"}),
        ("series=learning", {"Hello"}),
        ("slug=hello", {"Hello"}),
        ("q=HELL", {"Hello"}),
        ("q=zzz", set()),
        ("published_after=2000-01-01T00:00:00Z", {"Hello", "Other"}),
        ("published_before=2000-01-01T00:00:00Z", set()),
        ("tag=python&author=bob", set()),
    ],
)
def test_lists_can_be_filtered(
    query: str, found: set[str], author: User, another_author: User
) -> None:
    fields = {"tags": ["Python"], "series": "Learning"}
    post = actions.create(by=author, title="Hello", **fields)  # type: ignore[arg-type]
    actions.publish(post, by=author)
    actions.publish(actions.create(by=another_author, title="Other"), by=another_author)
    response = Client().get(f"{POSTS}?{query}")
    assert {post["title"] for post in response.json()["results"]} == found


def test_a_cursor_is_valid_for_one_list_only(author: User, api_client: ApiClientFactory) -> None:
    _publish(author, 3)
    next_url = Client().get(f"{POSTS}?limit=1").json()["next"]
    assert api_client(author).get(next_url).status_code == 404


def test_lists_return_304_if_nothing_changed(author: User) -> None:
    _publish(author, 2)
    first = Client().get(POSTS)
    again = Client().get(POSTS, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))


def test_only_tags_and_series_of_published_posts_are_listed(
    author: User, api_client: ApiClientFactory
) -> None:
    actions.create(by=author, title="Secret", tags=["Hidden"], series="Plans")
    _publish(author, 1, tags=["日本", "Python"], series="Known")
    client = Client()
    assert [t["slug"] for t in client.get("/api/v1/tags").json()["results"]] == ["python", "日本"]
    assert client.get("/api/v1/tags/日本").json()["name"] == "日本"
    assert client.get("/api/v1/tags/hidden").status_code == 404
    assert [s["name"] for s in client.get("/api/v1/series").json()["results"]] == ["Known"]
    assert client.get("/api/v1/series/plans").status_code == 404
    assert api_client(author).patch("/api/v1/tags/python").status_code == 403
