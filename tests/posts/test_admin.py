"""The admin of all apps: saved through actions, searchable, with no query per row."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.admin import PostAdminForm
from broadsheet.posts.models import Post
from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Redirect, Site

INTERNAL = {  # written by the database and the worker
    "mail.OutgoingMessage",
    "ops.Backup",
    "ops.Sample",
    "ops.CdnPurgePosition",
    "ops.Worker",
    "pagecache.Change",
    "posts.BulkChange",
    "posts.BulkChangeItem",
    "posts.ImageUse",
    "posts.Keyword",
    "posts.Related",
    "posts.RelatedPostsJob",
    "statistics.PostReferrer",
    "statistics.PostViews",
}
MODELS = [
    m
    for m in apps.get_models()
    if m.__module__.startswith("broadsheet.") and m._meta.label not in INTERNAL
]


def form_data(client: Client, url: str) -> dict[str, object]:
    """Return the data that a browser sends if no field is changed."""
    form = client.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def test_every_model_is_in_the_admin() -> None:
    assert [m for m in MODELS if not admin.site.is_registered(m)] == []


def test_a_post_is_created_and_saved_through_actions(
    owner: User, author: User, client: Client
) -> None:
    client.force_login(owner)
    url = reverse("admin:posts_post_add")
    values = {"title": "From the admin", "author_list": [author.pk], "tag_names": "One, Two"}
    assert client.post(url, {**form_data(client, url), **values}).status_code == 302
    post = Post.objects.get()
    assert (post.slug, post.version, [t.name for t in post.tags.all()]) == (
        "from-the-admin", 1, ["One", "Two"],
    )  # fmt: skip
    url = reverse("admin:posts_post_change", args=[post.pk])
    stale = form_data(client, url)
    actions.edit(post, by=author, version=1, title="Saved meanwhile")
    response = client.post(url, {**stale, "title": "Too late"})
    assert response.status_code == 200
    assert "changed in the meantime" in response.content.decode()
    client.post(url, {**form_data(client, url), "title": "In time", "content": "*Hi*"})
    post.refresh_from_db()
    assert (post.title, post.version, post.revisions.count()) == ("In time", 3, 3)
    assert "<em>Hi</em>" in post.html


def test_an_invalid_slug_is_a_field_error(owner: User, client: Client) -> None:
    client.force_login(owner)
    actions.create(by=owner, title="Taken", slug="taken")
    post = actions.create(by=owner, title="Other")
    url = reverse("admin:posts_post_change", args=[post.pk])
    for slug, message in (("taken", "Another post"), ("studio", "reserved"), ("a/b", "letters")):
        response = client.post(url, {**form_data(client, url), "slug": slug})
        assert message in str(response.context["adminform"].form.errors["slug"])


def test_validating_the_form_saves_nothing(owner: User) -> None:
    choices = {"kind": "post", "page_layout": "default", "series_position": 1000}
    form = PostAdminForm({"title": "Tea", "author_list": [owner.pk], **choices})
    assert form.is_valid(), form.errors
    assert not Post.objects.exists()


def test_invalid_tags_of_a_new_post_are_field_errors_and_nothing_is_saved(
    owner: User, client: Client
) -> None:
    client.force_login(owner)
    url = reverse("admin:posts_post_add")
    for tags, message in (
        ("a" * 101, "too long"),
        ("a,\u200b", "invisible characters only: U+200B"),
    ):
        values = {"title": "New", "author_list": [owner.pk], "tag_names": tags}
        response = client.post(url, {**form_data(client, url), **values})
        assert message in str(response.context["adminform"].form.errors["tag_names"])
        assert not Post.objects.exists()


@pytest.mark.parametrize("model", ["tag", "series"])
def test_an_invisible_name_of_a_tag_or_series_is_a_field_error(
    model: str, owner: User, client: Client
) -> None:
    client.force_login(owner)
    url = reverse(f"admin:posts_{model}_add")
    response = client.post(url, {"name": "\u200b\ufeff", "slug": "x", "description": ""})
    errors = response.context["adminform"].form.errors
    assert "invisible characters only: U+200B U+FEFF" in str(errors["name"])


def test_posts_are_published_unpublished_deleted_and_restored(owner: User, client: Client) -> None:
    client.force_login(owner)
    post = actions.create(by=owner, title="One")
    url = reverse("admin:posts_post_changelist")

    def run(name: str, **more: str) -> Post:
        client.post(url, {"action": name, "_selected_action": [str(post.pk)], **more})
        return Post.objects.get(pk=post.pk)

    assert run("publish").is_listed
    assert run("unpublish").status == "draft"
    assert run("delete_selected", post="yes").deleted_at is not None
    assert run("restore").deleted_at is None


@pytest.fixture
def add_rows(owner: User) -> Callable[[int], None]:
    """Return a function that adds that many rows to every table."""

    def add(count: int) -> None:
        for n in range(count):
            start = User.objects.count()
            person = User.objects.create_user(f"p{start}", f"p{start}@example.org", role="author")
            accounts.invite(by=person, email=f"q{start}@example.org")
            accounts.create_token(person, name="t", scope="read", expires_at=None)
            add_redirect(f"/old-{start}", "/new")
            actions.create(
                by=person, title=f"Post {n}", tags=[f"tag {start}"], series=f"series {start}",
                status="published", pub_date=timezone.now() - timedelta(days=n),
            )  # fmt: skip
            Image.objects.create(
                owner=person, digest=f"{start:064x}", width=1, height=1, bytes=1, mime="image/png"
            )

    return add


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_lists_are_searchable_and_need_the_same_queries_at_any_length(
    model: type, owner: User, client: Client, add_rows: Callable[[int], None]
) -> None:
    client.force_login(owner)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # type: ignore[attr-defined]
    add_rows(2)
    assert client.get(url, {"q": "p"}).status_code == 200
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
        add_rows(6)
    assert counts[0] == counts[1], [q["sql"][:200] for q in queries.captured_queries]


def test_the_site_and_its_redirects_are_saved_through_actions(owner: User, client: Client) -> None:
    client.force_login(owner)
    url = reverse("admin:publication_site_change", args=[1])
    client.post(url, {**form_data(client, url), "footer": "**Bold**", "navigation": "[]"})
    assert "<strong>Bold</strong>" in Site.current().footer_html
    add_redirect("/a", "/b")
    url = reverse("admin:publication_redirect_add")
    client.post(url, {"old_path": "/b", "new_path": "/c", "status": 301})
    assert Redirect.objects.get(old_path="/a").new_path == "/c"


@pytest.mark.parametrize("name", ["editor", "author", "reader"])
def test_only_owners_can_use_the_admin(
    name: str, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(name))
    assert client.get(reverse("admin:posts_post_changelist")).status_code in {302, 403}


@pytest.mark.parametrize(
    "query", ["posts/post/?status=%00", "posts/post/?q=%00", "accounts/user/?role__exact=%00"]
)
def test_null_characters_in_filters_cause_no_server_error(
    owner: User, client: Client, query: str
) -> None:
    client.force_login(owner)
    assert client.get(f"/admin/{query}").status_code in {200, 302, 400}


def test_an_invalid_redirect_or_site_is_a_form_error(owner: User, client: Client) -> None:
    client.force_login(owner)
    url = reverse("admin:publication_redirect_add")
    page = client.post(url, {"old_path": "/a", "new_path": "/a", "status": 301})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert not Redirect.objects.exists()
    url = reverse("admin:publication_site_change", args=[1])
    page = client.post(url, {**form_data(client, url), "footer": "> " * 500, "navigation": "[]"})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
