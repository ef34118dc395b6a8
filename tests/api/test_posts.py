"""Posts in the API: create, edit, publish."""

from typing import Any

import pytest
from django.test import Client
from django_ox.models import OxTask
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from tests.api.conftest import ApiClientFactory

POSTS = "/api/v1/posts"


@pytest.fixture
def draft(author: User) -> Post:
    return actions.create(by=author, title="Hello", content="Some *text*.", tags=["Python"])


def test_a_post_is_created_published_unpublished_deleted_and_restored(
    author: User, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    data = {
        "title": "Hello",
        "content": "# Hi\n\nSome *text*.",
        "tags": ["Python", "Django"],
        "series": "Learning",
    }
    created = client.post(POSTS, data, "application/json")
    assert created.status_code == 201
    post = created.json()
    assert created["Location"].endswith(f"{POSTS}/{post['id']}")
    assert (post["status"], post["slug"], post["tags"]) == ("draft", "hello", ["Python", "Django"])
    assert (post["series"], post["version"], post["authors"][0]["username"]) == (
        "Learning",
        1,
        "ada",
    )
    assert "<em>text</em>" in post["html"]

    url = created["Location"]
    anonymous = Client()
    assert anonymous.get(url).status_code == 404
    published = client.generic("POST", f"{url}/publish")
    assert published.json()["status"] == "published"
    public = anonymous.get(url).json()
    assert public["title"] == "Hello"
    assert not {"version", "source_id", "created_at"} & set(public)
    assert [p["id"] for p in anonymous.get(POSTS).json()["results"]] == [post["id"]]

    for verb, status in [("unlist", "unlisted"), ("archive", "archived"), ("unpublish", "draft")]:
        assert client.generic("POST", f"{url}/{verb}").json()["status"] == status
        assert anonymous.get(POSTS).json()["results"] == []
    later = client.post(f"{url}/publish", {"at": "2999-01-01T00:00:00Z"}, "application/json")
    assert later.json()["status"] == "scheduled"

    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert [p["id"] for p in client.get(f"{POSTS}?deleted=true").json()["results"]] == [post["id"]]
    assert client.generic("POST", f"{url}/restore").json()["status"] == "scheduled"
    assert client.get(url).status_code == 200


def test_one_request_creates_and_publishes(author: User, api_client: ApiClientFactory) -> None:
    client = api_client(author)
    data = {"title": "Late news", "content": "Some *text*.", "tags": ["Tea"], "status": "published"}
    created = client.post(POSTS, data, "application/json")
    assert created.status_code == 201
    post = created.json()
    assert (post["status"], post["version"], post["tags"]) == ("published", 1, ["Tea"])
    assert post["pub_date"] >= post["created_at"]
    read = client.get(created["Location"])
    assert (read.json(), read["ETag"]) == (post, created["ETag"])
    anonymous = Client()
    assert anonymous.get(POSTS).json()["results"][0]["id"] == post["id"]
    assert anonymous.get(f"{POSTS}?q=text").json()["results"][0]["id"] == post["id"]
    assert "<em>text</em>" in anonymous.get("/late-news").text
    changed = client.patch(
        created["Location"],
        {"title": "Later"},
        "application/json",
        headers={"If-Match": created["ETag"]},
    )
    assert changed.json()["version"] == 2


@pytest.mark.parametrize(
    ("data", "status", "date"),
    [
        ({"status": "draft"}, "draft", None),
        ({"status": "unlisted", "pub_date": "2020-02-02T02:02:02Z"}, "unlisted", "2020"),
        ({"status": "published", "pub_date": "2020-02-02T02:02:02Z"}, "published", "2020"),
        ({"status": "published", "pub_date": "2999-02-02T02:02:02Z"}, "scheduled", "2999"),
    ],
)
def test_a_new_post_has_the_status_and_date_that_were_sent_or_is_scheduled(
    data: dict[str, str], status: str, date: str | None, author: User, api_client: ApiClientFactory
) -> None:
    post = api_client(author).post(POSTS, {"title": "X", **data}, "application/json").json()
    assert post["status"] == status
    assert (post["pub_date"] or "None")[:4] == str(date)
    due = list(OxTask.objects.filter(task_path="broadsheet.posts.tasks.publish_due"))
    assert len(due) == (status == "scheduled")


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"title": " ", "status": "published"}, "#/title"),
        ({"title": "X", "status": "scheduled"}, "#/status"),
        ({"title": "X", "status": 1}, "#/status"),
        ({"title": "X", "tags": ["Tea", "\u200b\ufeff"]}, "#/tags"),
        ({"title": "X", "series": "\u2066"}, "#/series"),
        ({"title": "X", "status": "archived", "pub_date": "2999-02-02T02:02:02Z"}, "#/pub_date"),
    ],
)
def test_an_invalid_post_is_rejected_as_a_whole(
    data: dict[str, Any], pointer: str, author: User, api_client: ApiClientFactory
) -> None:
    response = api_client(author).post(POSTS, data, "application/json")
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert not Post.objects.exists()


def test_creating_and_publishing_takes_few_queries(
    author: User,
    api_client: ApiClientFactory,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = api_client(author)
    data = {"title": "X", "content": "Text.", "tags": ["A", "B", "C"], "status": "published"}
    assert client.post(POSTS, data, "application/json").status_code == 201
    with django_assert_max_num_queries(21):
        client.post(POSTS, {**data, "title": "Y"}, "application/json")


def test_content_that_utf_8_cannot_encode_is_rejected(
    author: User, api_client: ApiClientFactory
) -> None:
    data = '{"title": "X", "content": "\\ud800"}'
    response = api_client(author).post(POSTS, data, "application/json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/content"


def test_put_resets_missing_fields_except_slug_date_and_authors(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    data = {"title": "Anew", "version": 1}
    response = api_client(author).put(f"{POSTS}/{draft.pk}", data, "application/json")
    assert response.status_code == 200
    post = response.json()
    assert (post["title"], post["content"], post["tags"]) == ("Anew", "", [])
    assert (post["slug"], post["version"], len(post["authors"])) == ("hello", 2, 1)


def test_patch_changes_only_the_fields_that_were_sent(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    data = {"subtitle": "World", "version": 1}
    post = api_client(author).patch(f"{POSTS}/{draft.pk}", data, "application/json").json()
    assert (post["title"], post["subtitle"], post["tags"]) == ("Hello", "World", ["Python"])


def test_a_lost_update_is_rejected(author: User, draft: Post, api_client: ApiClientFactory) -> None:
    client, url = api_client(author), f"{POSTS}/{draft.pk}"
    read = client.get(url)["ETag"]

    def patch(title: str, **headers: str) -> Any:
        return client.patch(url, {"title": title}, "application/json", headers=headers)

    first = patch("First", if_match=read)
    assert first.status_code == 200
    second = patch("Second", if_match=read)
    assert second.status_code == 412
    assert second.json()["type"].endswith("/problems/stale")
    assert client.get(url).json()["title"] == "First"
    assert patch("Third", if_match=first["ETag"]).status_code == 200
    assert patch("Fourth", if_match="*").status_code == 200
    assert client.delete(url, headers={"if-match": read}).status_code == 412


def test_the_weak_etag_of_a_compressed_response_is_accepted(
    author: User, api_client: ApiClientFactory
) -> None:
    post = actions.create(by=author, title="Long", content="word " * 500)
    client, url = api_client(author), f"{POSTS}/{post.pk}"
    tag = client.get(url, headers={"accept-encoding": "gzip"})["ETag"]
    assert tag.startswith("W/")
    data = {"title": "Longer"}
    response = client.patch(url, data, "application/json", headers={"if-match": tag})
    assert response.status_code == 200


def test_an_outdated_version_is_a_conflict_that_contains_the_current_one(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client, url = api_client(author), f"{POSTS}/{draft.pk}"
    client.patch(url, {"title": "First", "version": 1}, "application/json")
    response = client.patch(url, {"title": "Second", "version": 1}, "application/json")
    assert response.status_code == 409
    assert response.json()["current_version"] == 2


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_requires_a_version_or_if_match(
    method: str, author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    response = getattr(client, method)(f"{POSTS}/{draft.pk}", {"title": "X"}, "application/json")
    assert response.status_code == 428
    assert "If-Match" in response.json()["detail"]


def test_an_unchanged_post_is_a_304(author: User, draft: Post) -> None:
    actions.publish(draft, by=author)
    client, url = Client(), f"{POSTS}/{draft.pk}"
    tag = client.get(url)["ETag"]
    same = client.get(url, headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")
    actions.unlist(draft, by=author)
    changed = client.get(url, headers={"if-none-match": tag})
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)
    author.display_name = "Ada Lovelace"
    author.save()
    assert client.get(url)["ETag"] != changed["ETag"]


@pytest.mark.parametrize(
    "field", ["html", "status", "id", "source_id", "word_count", "deleted_at", "is_owner"]
)
def test_read_only_fields_are_rejected_by_name(
    field: str, author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    for response in (
        client.post(POSTS, {"title": "X", field: "1"}, "application/json"),
        client.patch(f"{POSTS}/{draft.pk}", {"version": 1, field: "1"}, "application/json"),
    ):
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == f"#/{field}"


@pytest.mark.parametrize(
    ("method", "verb"),
    [
        ("POST", "/unlist"), ("POST", "/archive"), ("POST", "/unpublish"), ("POST", "/restore"),
        ("POST", "/publish"), ("DELETE", ""),
    ],
)  # fmt: skip
def test_unknown_fields_of_an_action_are_rejected_by_name(
    method: str, verb: str, author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    actions.publish(draft, by=author)
    if verb == "/restore":
        actions.delete(draft, by=author)
    client, url = api_client(author), f"{POSTS}/{draft.pk}{verb}"
    for body in ('{"at_once": true}', '{"title": null}'):
        rejected = client.generic(method, url, body, "application/json")
        assert rejected.status_code == 400
        (error,) = rejected.json()["errors"]
        assert error["pointer"] in {"#/at_once", "#/title"}
    for body in ("[1]", '"x"', "1"):
        assert client.generic(method, url, body, "application/json").status_code == 400
    draft.refresh_from_db()
    assert (draft.status, draft.deleted_at is None) == ("published", verb != "/restore")
    assert client.generic(method, url, "{}", "application/json").status_code < 300


@pytest.mark.parametrize("slug", ["taken", "login", "Admin"])
def test_a_slug_in_use_or_reserved_is_rejected_on_create_and_edit(
    slug: str, author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    actions.create(by=author, title="Taken")
    client = api_client(author)
    for response in (
        client.post(POSTS, {"title": "X", "slug": slug}, "application/json"),
        client.patch(f"{POSTS}/{draft.pk}", {"version": 1, "slug": slug}, "application/json"),
    ):
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/slug"
    created = client.post(POSTS, {"title": "Taken"}, "application/json").json()
    assert created["slug"] == "taken-2", "a slug from the title gets a number"


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00Z", "1899-12-31T23:00:00Z", "3000-01-01T01:00Z"]
)
def test_an_implausible_date_is_rejected_on_create_edit_and_publish(
    date: str, author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client, url = api_client(author), f"{POSTS}/{draft.pk}"
    for response, pointer in (
        (client.post(POSTS, {"title": "X", "pub_date": date}, "application/json"), "#/pub_date"),
        (client.patch(url, {"version": 1, "pub_date": date}, "application/json"), "#/pub_date"),
        (client.post(f"{url}/publish", {"at": date}, "application/json"), "#/at"),
    ):
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == pointer


def test_the_version_of_a_new_post_cannot_be_set(
    author: User, api_client: ApiClientFactory
) -> None:
    response = api_client(author).post(POSTS, {"title": "X", "version": 7}, "application/json")
    assert response.json()["errors"][0]["pointer"] == "#/version"


def test_only_editors_can_set_authors(
    author: User, editor: User, reader: User, another_author: User, api_client: ApiClientFactory
) -> None:
    data = {"title": "X", "authors": ["bob", "ada"]}
    assert api_client(author).post(POSTS, data, "application/json").status_code == 403
    created = api_client(editor).post(POSTS, data, "application/json").json()
    assert [a["username"] for a in created["authors"]] == ["bob", "ada"]
    change = {"authors": ["rita"], "version": 1}
    rejected = api_client(editor).patch(f"{POSTS}/{created['id']}", change, "application/json")
    assert rejected.status_code == 400
    assert rejected.json()["errors"][0]["pointer"] == "#/authors"


def test_the_date_of_a_published_post_must_stay_in_the_past(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    actions.publish(draft, by=author)
    client = api_client(author)
    for date in ("2999-01-01T00:00:00Z", None):
        data = {"pub_date": date, "version": 1}
        response = client.patch(f"{POSTS}/{draft.pk}", data, "application/json")
        assert response.status_code == 400, response.content
        assert response.json()["errors"][0]["pointer"] == "#/pub_date"


def test_users_who_can_edit_a_post_can_list_its_revisions(
    author: User, another_author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client, url = api_client(author), f"{POSTS}/{draft.pk}"
    client.patch(url, {"content": "Second.", "version": 1}, "application/json")
    listed = client.get(f"{url}/revisions").json()["results"]
    assert [(r["number"], r["saved_by"]) for r in listed] == [(2, "ada"), (1, "ada")]
    assert client.get(f"{url}/revisions/1").json()["content"] == "Some *text*."
    assert client.get(f"{url}/revisions/9").status_code == 404
    assert api_client(another_author).get(f"{url}/revisions").status_code == 404
    assert Client().get(f"{url}/revisions").status_code == 401


def test_a_new_date_of_a_scheduled_post_enqueues_a_task(
    author: User, draft: Post, api_client: ApiClientFactory
) -> None:
    client, url = api_client(author), f"{POSTS}/{draft.pk}"
    client.post(f"{url}/publish", {"at": "2999-01-01T00:00:00Z"}, "application/json")
    sooner = "2998-01-01T00:00:00Z"
    client.patch(url, {"pub_date": sooner, "version": 1}, "application/json")
    jobs = OxTask.objects.filter(task_path="broadsheet.posts.tasks.publish_due")
    assert {job.run_after.year for job in jobs if job.run_after} == {2999, 2998}


def test_similar_tags_are_returned_as_they_were_sent(
    author: User, api_client: ApiClientFactory
) -> None:
    tags = ["C", "C++", "R&D", "RD", "A/B", "AB", "🚀"]
    response = api_client(author).post(POSTS, {"title": "T", "tags": tags}, "application/json")
    assert response.json()["tags"] == tags
