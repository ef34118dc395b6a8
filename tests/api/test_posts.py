"""Writing and publishing by the API."""

from typing import Any

import pytest
from django.test import Client
from django_ox.models import OxTask
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import Program

POSTS = "/api/v1/posts"


@pytest.fixture
def draft(author: User) -> Post:
    return actions.create(by=author, title="Hello", content="Some *text*.", tags=["Python"])


def test_a_post_goes_from_draft_to_the_readers_and_back(author: User, program: Program) -> None:
    client = program(author)
    said = {
        "title": "Hello",
        "content": "# Hi\n\nSome *text*.",
        "tags": ["Python", "Django"],
        "series": "Learning",
    }
    made = client.post(POSTS, said, "application/json")
    assert made.status_code == 201
    post = made.json()
    assert made["Location"].endswith(f"{POSTS}/{post['id']}")
    assert (post["status"], post["slug"], post["tags"]) == ("draft", "hello", ["Python", "Django"])
    assert (post["series"], post["version"], post["authors"][0]["username"]) == (
        "Learning",
        1,
        "ada",
    )
    assert "<em>text</em>" in post["html"]

    address = made["Location"]
    stranger = Client()
    assert stranger.get(address).status_code == 404
    published = client.generic("POST", f"{address}/publish")
    assert published.json()["status"] == "published"
    seen = stranger.get(address).json()
    assert seen["title"] == "Hello"
    assert not {"version", "source_id", "created_at"} & set(seen)
    assert [p["id"] for p in stranger.get(POSTS).json()["results"]] == [post["id"]]

    for verb, status in [("unlist", "unlisted"), ("archive", "archived"), ("unpublish", "draft")]:
        assert client.generic("POST", f"{address}/{verb}").json()["status"] == status
        assert stranger.get(POSTS).json()["results"] == []
    later = client.post(f"{address}/publish", {"at": "2999-01-01T00:00:00Z"}, "application/json")
    assert later.json()["status"] == "scheduled"

    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert [p["id"] for p in client.get(f"{POSTS}?deleted=true").json()["results"]] == [post["id"]]
    assert client.generic("POST", f"{address}/restore").json()["status"] == "scheduled"
    assert client.get(address).status_code == 200


def test_one_request_writes_and_publishes(author: User, program: Program) -> None:
    client = program(author)
    said = {"title": "Late news", "content": "Some *text*.", "tags": ["Tea"], "status": "published"}
    made = client.post(POSTS, said, "application/json")
    assert made.status_code == 201
    post = made.json()
    assert (post["status"], post["version"], post["tags"]) == ("published", 1, ["Tea"])
    assert post["pub_date"] >= post["created_at"]
    read = client.get(made["Location"])
    assert (read.json(), read["ETag"]) == (post, made["ETag"])
    stranger = Client()
    assert stranger.get(POSTS).json()["results"][0]["id"] == post["id"]
    assert stranger.get(f"{POSTS}?q=text").json()["results"][0]["id"] == post["id"]
    assert "<em>text</em>" in stranger.get("/late-news").text
    changed = client.patch(
        made["Location"], {"title": "Later"}, "application/json", headers={"If-Match": made["ETag"]}
    )
    assert changed.json()["version"] == 2


@pytest.mark.parametrize(
    ("said", "status", "date"),
    [
        ({"status": "draft"}, "draft", None),
        ({"status": "unlisted", "pub_date": "2020-02-02T02:02:02Z"}, "unlisted", "2020"),
        ({"status": "published", "pub_date": "2020-02-02T02:02:02Z"}, "published", "2020"),
        ({"status": "published", "pub_date": "2999-02-02T02:02:02Z"}, "scheduled", "2999"),
    ],
)
def test_a_new_post_stands_where_its_writer_says(
    said: dict[str, str], status: str, date: str | None, author: User, program: Program
) -> None:
    post = program(author).post(POSTS, {"title": "X", **said}, "application/json").json()
    assert post["status"] == status
    assert (post["pub_date"] or "None")[:4] == str(date)
    due = list(OxTask.objects.filter(task_path="broadsheet.posts.tasks.publish_due"))
    assert len(due) == (status == "scheduled")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"title": " ", "status": "published"}, "#/title"),
        ({"title": "X", "status": "scheduled"}, "#/status"),
        ({"title": "X", "status": 1}, "#/status"),
        ({"title": "X", "tags": ["Tea", "\u200b\ufeff"]}, "#/tags"),
        ({"title": "X", "series": "\u2066"}, "#/series"),
        ({"title": "X", "status": "archived", "pub_date": "2999-02-02T02:02:02Z"}, "#/pub_date"),
    ],
)
def test_what_cannot_be_published_is_refused_whole(
    said: dict[str, Any], pointer: str, author: User, program: Program
) -> None:
    answer = program(author).post(POSTS, said, "application/json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Post.objects.exists()


def test_writing_and_publishing_takes_few_queries(
    author: User, program: Program, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = program(author)
    said = {"title": "X", "content": "Text.", "tags": ["A", "B", "C"], "status": "published"}
    assert client.post(POSTS, said, "application/json").status_code == 201
    with django_assert_max_num_queries(21):
        client.post(POSTS, {**said, "title": "Y"}, "application/json")


def test_texts_that_utf_8_cannot_write_are_refused(author: User, program: Program) -> None:
    said = '{"title": "X", "content": "\\ud800"}'
    answer = program(author).post(POSTS, said, "application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#/content"


def test_put_replaces_what_is_left_out_but_not_address_date_and_authors(
    author: User, draft: Post, program: Program
) -> None:
    said = {"title": "Anew", "version": 1}
    answer = program(author).put(f"{POSTS}/{draft.pk}", said, "application/json")
    assert answer.status_code == 200
    post = answer.json()
    assert (post["title"], post["content"], post["tags"]) == ("Anew", "", [])
    assert (post["slug"], post["version"], len(post["authors"])) == ("hello", 2, 1)


def test_patch_changes_only_what_is_said(author: User, draft: Post, program: Program) -> None:
    said = {"subtitle": "World", "version": 1}
    post = program(author).patch(f"{POSTS}/{draft.pk}", said, "application/json").json()
    assert (post["title"], post["subtitle"], post["tags"]) == ("Hello", "World", ["Python"])


def test_a_lost_update_is_refused(author: User, draft: Post, program: Program) -> None:
    client, address = program(author), f"{POSTS}/{draft.pk}"
    read = client.get(address)["ETag"]

    def patch(title: str, **headers: str) -> Any:
        return client.patch(address, {"title": title}, "application/json", headers=headers)

    first = patch("First", if_match=read)
    assert first.status_code == 200
    second = patch("Second", if_match=read)
    assert second.status_code == 412
    assert second.json()["type"].endswith("/problems/stale")
    assert client.get(address).json()["title"] == "First"
    assert patch("Third", if_match=first["ETag"]).status_code == 200
    assert patch("Fourth", if_match="*").status_code == 200
    assert client.delete(address, headers={"if-match": read}).status_code == 412


def test_an_etag_that_compression_weakened_still_vouches(author: User, program: Program) -> None:
    post = actions.create(by=author, title="Long", content="word " * 500)
    client, address = program(author), f"{POSTS}/{post.pk}"
    tag = client.get(address, headers={"accept-encoding": "gzip"})["ETag"]
    assert tag.startswith("W/")
    said = {"title": "Longer"}
    answer = client.patch(address, said, "application/json", headers={"if-match": tag})
    assert answer.status_code == 200


def test_a_stale_version_is_a_conflict_that_tells_the_present_one(
    author: User, draft: Post, program: Program
) -> None:
    client, address = program(author), f"{POSTS}/{draft.pk}"
    client.patch(address, {"title": "First", "version": 1}, "application/json")
    answer = client.patch(address, {"title": "Second", "version": 1}, "application/json")
    assert answer.status_code == 409
    assert answer.json()["current_version"] == 2


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_must_say_what_it_changes(
    method: str, author: User, draft: Post, program: Program
) -> None:
    client = program(author)
    answer = getattr(client, method)(f"{POSTS}/{draft.pk}", {"title": "X"}, "application/json")
    assert answer.status_code == 428
    assert "If-Match" in answer.json()["detail"]


def test_what_was_not_changed_is_not_sent_again(author: User, draft: Post) -> None:
    actions.publish(draft, by=author)
    client, address = Client(), f"{POSTS}/{draft.pk}"
    tag = client.get(address)["ETag"]
    same = client.get(address, headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")
    actions.unlist(draft, by=author)
    changed = client.get(address, headers={"if-none-match": tag})
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)
    author.display_name = "Ada Lovelace"
    author.save()
    assert client.get(address)["ETag"] != changed["ETag"]


@pytest.mark.parametrize(
    "field", ["html", "status", "id", "source_id", "word_count", "deleted_at", "is_owner"]
)
def test_what_cannot_be_set_is_refused_by_name(
    field: str, author: User, draft: Post, program: Program
) -> None:
    client = program(author)
    for answer in (
        client.post(POSTS, {"title": "X", field: "1"}, "application/json"),
        client.patch(f"{POSTS}/{draft.pk}", {"version": 1, field: "1"}, "application/json"),
    ):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == f"#/{field}"


@pytest.mark.parametrize(
    ("method", "verb"),
    [
        ("POST", "/unlist"), ("POST", "/archive"), ("POST", "/unpublish"), ("POST", "/restore"),
        ("POST", "/publish"), ("DELETE", ""),
    ],
)  # fmt: skip
def test_what_an_action_does_not_take_is_refused_by_name(
    method: str, verb: str, author: User, draft: Post, program: Program
) -> None:
    actions.publish(draft, by=author)
    if verb == "/restore":
        actions.delete(draft, by=author)
    client, address = program(author), f"{POSTS}/{draft.pk}{verb}"
    for body in ('{"at_once": true}', '{"title": null}'):
        refused = client.generic(method, address, body, "application/json")
        assert refused.status_code == 400
        (error,) = refused.json()["errors"]
        assert error["pointer"] in {"#/at_once", "#/title"}
    for body in ("[1]", '"x"', "1"):
        assert client.generic(method, address, body, "application/json").status_code == 400
    draft.refresh_from_db()
    assert (draft.status, draft.deleted_at is None) == ("published", verb != "/restore")
    assert client.generic(method, address, "{}", "application/json").status_code < 300


@pytest.mark.parametrize("slug", ["taken", "login", "Admin"])
def test_a_slug_that_cannot_be_had_is_refused_whether_new_or_changed(
    slug: str, author: User, draft: Post, program: Program
) -> None:
    actions.create(by=author, title="Taken")
    client = program(author)
    for answer in (
        client.post(POSTS, {"title": "X", "slug": slug}, "application/json"),
        client.patch(f"{POSTS}/{draft.pk}", {"version": 1, "slug": slug}, "application/json"),
    ):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/slug"
    made = client.post(POSTS, {"title": "Taken"}, "application/json").json()
    assert made["slug"] == "taken-2", "one that is made from the title gets a number"


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00Z", "1899-12-31T23:00:00Z", "3000-01-01T01:00Z"]
)
def test_a_date_that_is_a_slip_is_refused_whether_new_changed_or_published(
    date: str, author: User, draft: Post, program: Program
) -> None:
    client, address = program(author), f"{POSTS}/{draft.pk}"
    for answer, pointer in (
        (client.post(POSTS, {"title": "X", "pub_date": date}, "application/json"), "#/pub_date"),
        (client.patch(address, {"version": 1, "pub_date": date}, "application/json"), "#/pub_date"),
        (client.post(f"{address}/publish", {"at": date}, "application/json"), "#/at"),
    ):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_new_post_has_no_version_to_set(author: User, program: Program) -> None:
    answer = program(author).post(POSTS, {"title": "X", "version": 7}, "application/json")
    assert answer.json()["errors"][0]["pointer"] == "#/version"


def test_only_editors_name_authors(
    author: User, editor: User, reader: User, another_author: User, program: Program
) -> None:
    said = {"title": "X", "authors": ["bob", "ada"]}
    assert program(author).post(POSTS, said, "application/json").status_code == 403
    made = program(editor).post(POSTS, said, "application/json").json()
    assert [a["username"] for a in made["authors"]] == ["bob", "ada"]
    change = {"authors": ["rita"], "version": 1}
    refused = program(editor).patch(f"{POSTS}/{made['id']}", change, "application/json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/authors"


def test_the_date_of_what_is_published_stays_in_the_past(
    author: User, draft: Post, program: Program
) -> None:
    actions.publish(draft, by=author)
    client = program(author)
    for date in ("2999-01-01T00:00:00Z", None):
        said = {"pub_date": date, "version": 1}
        answer = client.patch(f"{POSTS}/{draft.pk}", said, "application/json")
        assert answer.status_code == 400, answer.content
        assert answer.json()["errors"][0]["pointer"] == "#/pub_date"


def test_revisions_show_every_saved_version_to_those_who_may_edit(
    author: User, another_author: User, draft: Post, program: Program
) -> None:
    client, address = program(author), f"{POSTS}/{draft.pk}"
    client.patch(address, {"content": "Second.", "version": 1}, "application/json")
    listed = client.get(f"{address}/revisions").json()["results"]
    assert [(r["number"], r["saved_by"]) for r in listed] == [(2, "ada"), (1, "ada")]
    assert client.get(f"{address}/revisions/1").json()["content"] == "Some *text*."
    assert client.get(f"{address}/revisions/9").status_code == 404
    assert program(another_author).get(f"{address}/revisions").status_code == 404
    assert Client().get(f"{address}/revisions").status_code == 401


def test_a_scheduled_post_that_gets_another_date_is_published_then(
    author: User, draft: Post, program: Program
) -> None:
    client, address = program(author), f"{POSTS}/{draft.pk}"
    client.post(f"{address}/publish", {"at": "2999-01-01T00:00:00Z"}, "application/json")
    sooner = "2998-01-01T00:00:00Z"
    client.patch(address, {"pub_date": sooner, "version": 1}, "application/json")
    jobs = OxTask.objects.filter(task_path="broadsheet.posts.tasks.publish_due")
    assert {job.run_after.year for job in jobs if job.run_after} == {2999, 2998}


def test_different_tags_come_back_as_they_were_sent(author: User, program: Program) -> None:
    tags = ["C", "C++", "R&D", "RD", "A/B", "AB", "🚀"]
    response = program(author).post(POSTS, {"title": "T", "tags": tags}, "application/json")
    assert response.json()["tags"] == tags
