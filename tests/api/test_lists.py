"""Lists: what narrows them, how one walks them, what they cost."""

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
from tests.api.conftest import Program

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


def _walk(client: Client, address: str) -> list[dict[str, Any]]:
    pages = []
    following: str | None = address
    while following:
        page = client.get(following)
        pages.append(page.json())
        following = pages[-1]["next"]
        assert ("Link" in page.headers) == bool(following)
    return [row for page in pages for row in page["results"]]


def test_walking_the_pages_shows_each_post_once_in_order(author: User, program: Program) -> None:
    _publish(author, 23)
    everyone = _walk(Client(), f"{POSTS}?limit=5")
    assert [p["pub_date"] for p in everyone] == sorted(
        (p["pub_date"] for p in everyone), reverse=True
    )
    assert len({p["id"] for p in everyone}) == len(everyone) == 23
    own = _walk(program(author), f"{POSTS}?limit=5")
    assert [p["id"] for p in own] == sorted((p["id"] for p in own), reverse=True)
    assert len(own) == 23


def test_what_is_written_meanwhile_moves_no_page(author: User) -> None:
    _publish(author, 10)
    before = [p["id"] for p in _walk(Client(), f"{POSTS}?limit=5")]
    first = Client().get(f"{POSTS}?limit=5").json()
    _publish(author, 3)
    Post.objects.filter(pk=before[1]).update(deleted_at=timezone.now())
    rest = Client().get(first["next"]).json()["results"]
    assert [p["id"] for p in rest if p["id"] in before] == before[5:]


def test_a_page_costs_the_same_number_of_queries_however_long_and_deep(
    author: User, editor: User, program: Program
) -> None:
    _publish(author, 60, tags=["A", "B"], series="S")
    client = program(editor)

    def cost(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        # Once a day the token's use is noted.
        return sum('SET "last_used_on"' not in query["sql"] for query in queries)

    short, long = cost(f"{POSTS}?limit=2"), cost(f"{POSTS}?limit=50")
    deep = cost(client.get(f"{POSTS}?limit=50").json()["next"])
    with_texts = cost(f"{POSTS}?limit=50&include=content,html")
    assert short == long == deep == with_texts <= 5


def test_lists_leave_the_texts_out_unless_asked(author: User) -> None:
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
def test_lists_are_narrowed(
    query: str, found: set[str], author: User, another_author: User
) -> None:
    said = {"tags": ["Python"], "series": "Learning"}
    post = actions.create(by=author, title="Hello", **said)  # type: ignore[arg-type]
    actions.publish(post, by=author)
    actions.publish(actions.create(by=another_author, title="Other"), by=another_author)
    answer = Client().get(f"{POSTS}?{query}")
    assert {post["title"] for post in answer.json()["results"]} == found


def test_a_cursor_is_of_one_list_only(author: User, program: Program) -> None:
    _publish(author, 3)
    following = Client().get(f"{POSTS}?limit=1").json()["next"]
    assert program(author).get(following).status_code == 404


def test_lists_answer_304_while_nothing_changed(author: User) -> None:
    _publish(author, 2)
    first = Client().get(POSTS)
    again = Client().get(POSTS, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))


def test_tags_and_series_are_those_of_published_posts(author: User, program: Program) -> None:
    actions.create(by=author, title="Secret", tags=["Hidden"], series="Plans")
    _publish(author, 1, tags=["日本", "Python"], series="Known")
    client = Client()
    assert [t["slug"] for t in client.get("/api/v1/tags").json()["results"]] == ["python", "日本"]
    assert client.get("/api/v1/tags/日本").json()["name"] == "日本"
    assert client.get("/api/v1/tags/hidden").status_code == 404
    assert [s["name"] for s in client.get("/api/v1/series").json()["results"]] == ["Known"]
    assert client.get("/api/v1/series/plans").status_code == 404
    assert program(author).patch("/api/v1/tags/python").status_code == 405
