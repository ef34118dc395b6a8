"""Posts that are not public become public only through actions that publish them.

Two properties: for every importer, and for every interface that can change a post's status.
"""

import datetime as dt
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User
from broadsheet.api.views.posts import PostViewSet
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.studio.urls import urlpatterns as studio_urls
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.report import Report
from broadsheet.transfer.run_import import run_import

pytestmark = pytest.mark.django_db

PAST = "2023-09-22T06:31:09.000Z"


@contextmanager
def rolled_back() -> Iterator[None]:
    """Roll back the changes of an example."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- Importers


@dataclass(frozen=True)
class ArchivedPost:
    """A post in an archive: how its visibility is marked, and its text."""

    number: int
    marking: str

    @property
    def is_public(self) -> bool:
        return self.marking == "public"

    @property
    def text(self) -> str:
        return f"secret{self.number}x words"

    @property
    def cuid(self) -> str:
        return f"cl0{self.number:06x}00008l4abcd12345"[:25]

    @property
    def object_id(self) -> str:
        return f"{0x65000000 + self.number:08x}{self.number:016x}"


HEADS = {
    "saved as draft": {"saveAsDraft": "true"},
    "ignored": {"ignorePost": "true"},
    "draft": {"draft": "true"},
    "not published": {"published": "false"},
    "status draft": {"status": "draft"},
    "status archived": {"status": "archived"},
    "private": {"visibility": "private"},
}
ENTRIES: dict[str, dict[str, Any]] = {
    "public": {},
    "draft list": {},
    "no date": {"dateAdded": None, "createdAt": PAST},
    "unreadable date": {"dateAdded": "soon"},
    "status draft": {"status": "draft"},
    "status scheduled": {"status": "Scheduled"},
    "is draft": {"isDraft": True},
    "inactive": {"isActive": False},
    "deleted": {"deletedAt": PAST},
    "members only": {"visibility": "paid"},
    "not published": {"published": 0},
}
STATUSES = {"public": "published", "draft": "draft", "scheduled": "scheduled", "unknown": "live"}


def headed(post: ArchivedPost) -> tuple[str, str]:
    head = {"title": f"Title {post.number}", "slug": f"slug-{post.number}"}
    name = post.cuid
    if post.marking == "file name":
        name = f"draft-{post.object_id}"
    elif post.marking == "file name in capitals":
        name = f"Draft-{post.object_id}"
    elif post.marking == "folder":
        name = f"drafts/{post.object_id}"
    elif post.marking == "no date and no cuid":
        name = post.object_id
    if post.marking != "no date and no cuid":
        head |= {"datePublished": PAST}
    head |= HEADS.get(post.marking, {})
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    return f"{name}.md", f"---\n{lines}---\n\n{post.text}\n"


def legacy(post: ArchivedPost) -> tuple[str, str]:
    names = {"public": post.cuid, "file name": f"draft-{post.object_id}"}
    return (
        f"{names.get(post.marking, post.object_id)}.md",
        f"# Title {post.number}\n\n{post.text}\n",
    )


def own(post: ArchivedPost) -> tuple[str, str]:
    head = f"title: Title {post.number}\n"
    if post.marking in STATUSES:
        head += f"status: {STATUSES[post.marking]}\n"
    if post.marking != "no date":
        head += f"date: {'2999-01-01' if post.marking == 'scheduled' else PAST}\n"
    else:
        head += "status: published\n"
    return f"post-{post.number}.md", f"---\n{head}---\n\n{post.text}\n"


def as_json(posts: list[ArchivedPost], *, is_bare: bool) -> str:
    lists: dict[str, list[dict[str, Any]]] = {"posts": [], "drafts": []}
    for post in posts:
        entry = {
            "_id": post.object_id,
            "title": f"Title {post.number}",
            "contentMarkdown": post.text,
            "dateAdded": PAST,
            **ENTRIES[post.marking],
        }
        lists["drafts" if post.marking == "draft list" and not is_bare else "posts"].append(entry)
    return json.dumps(lists["posts"] if is_bare else lists)


MARKINGS: dict[str, list[str]] = {
    "headed": [
        "public", *HEADS, "file name", "file name in capitals", "folder", "no date and no cuid",
    ],
    "legacy": ["public", "file name", "object id"],
    "own": [*STATUSES, "no status", "no date"],
    "json": list(ENTRIES),
    "bare json": [marking for marking in ENTRIES if marking != "draft list"],
}  # fmt: skip
FILES = {"headed": headed, "legacy": legacy, "own": own}


def pack(
    folder: Path, layout: str, posts: list[ArchivedPost], *, separator: str, prefix: str
) -> Path:
    """Write the posts into a file or an archive and return it."""
    if layout not in FILES:
        path = folder / "export.json"
        path.write_text(as_json(posts, is_bare=layout == "bare json"))
        return path
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for post in posts:
            name, text = FILES[layout](post)
            archive.writestr(f"{prefix}{name}".replace("/", separator), text)
    return path


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(layout, marks=[] if layout == "headed" else [pytest.mark.slow])
        for layout in MARKINGS
    ],
)
def test_no_importer_publishes_a_private_post(owner: User, layout: str) -> None:
    markings = st.lists(st.sampled_from(MARKINGS[layout]), min_size=1, max_size=6)

    @given(markings, st.permutations(["/", "\\"]), st.sampled_from(["", "blog/", "a b/main/"]))
    def holds(markings: list[str], separators: list[str], prefix: str) -> None:
        posts = [ArchivedPost(number, marking) for number, marking in enumerate(markings)]
        kind = "markdown" if layout == "own" else "hashnode"
        options = ImportOptions(author=owner, downloads_images=False)
        with rolled_back(), tempfile.TemporaryDirectory() as folder:
            for separator in separators:
                path = pack(Path(folder), layout, posts, separator=separator, prefix=prefix)
                run_import(kind, path, options=options, report=Report(), on_progress=lambda _: None)
                assert Post.objects.count() == len(posts)
                texts = " ".join(Post.objects.visible_to(None).values_list("content", flat=True))
                shown = {post.number for post in posts if post.text in texts}
                assert shown == {post.number for post in posts if post.is_public}

    holds()


# --- Interfaces

POST = reverse("studio:posts") + "/posts"


class Interfaces:
    """All interfaces through which an owner can change the status of a post."""

    def __init__(self, user: User) -> None:
        self.user = user
        _token, key = create_token(user, name="test", scope="write", expires_at=None)
        self.api_client = Client(headers={"authorization": f"Bearer {key}"})
        self.browser = Client()
        self.browser.force_login(user)

    def use(self, interface: str, verb: str, post: Post) -> None:
        """Use an interface; ignore validation errors."""
        post.refresh_from_db()
        with suppress(ValidationError):
            getattr(self, interface)(verb, post)

    def action(self, verb: str, post: Post) -> None:
        if verb in {"edit", "update"}:
            past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
            getattr(actions, verb)(post, by=self.user, version=post.version, pub_date=past)
        elif verb == "autosave":
            with suppress(actions.EditConflictError):
                actions.autosave(post, by=self.user, version=post.version, content="New")
        elif verb == "reinstate":
            actions.reinstate(
                post,
                by=self.user,
                status="published",
                pub_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            )
        else:
            getattr(actions, verb)(post, by=self.user)

    def studio(self, verb: str, post: Post) -> None:
        values = {"title": "New", "content": "x", "version": post.version, "status": "published"}
        self.browser.post(f"{POST}/{post.pk}/{verb}", values)

    def api(self, verb: str, post: Post) -> None:
        url = f"/api/v1/posts/{post.pk}"
        values = {"title": "New", "version": post.version, "pub_date": PAST}
        match verb:
            case "update":
                self.api_client.put(url, values, "application/json")
            case "partial_update":
                self.api_client.patch(url, values, "application/json")
            case "partial_update with a status":
                status = {"status": "published"}
                self.api_client.patch(url, values | status, "application/json")
            case "destroy":
                self.api_client.delete(url)
            case "autosave":
                texts = {"version": post.version, "content": "New"}
                self.api_client.post(f"{url}/autosave", texts, "application/json")
            case _:
                self.api_client.post(f"{url}/{verb}", {}, "application/json")

    def admin(self, verb: str, post: Post) -> None:
        if verb == "change":
            url = reverse("admin:posts_post_change", args=[post.pk])
            form = self.browser.get(url).context["adminform"].form
            values = {name: form[name].value() for name in form.fields}
            values = {name: "" if value is None else value for name, value in values.items()}
            self.browser.post(url, values | {"title": "New", "status": "published"})
        else:
            data = {"action": verb, "_selected_action": str(post.pk), "post": "yes"}
            self.browser.post(reverse("admin:posts_post_changelist"), data)


@pytest.fixture
def interfaces(owner: User) -> Interfaces:
    return Interfaces(owner)


#: Names in `actions` that are not about one existing post.
NOT_ABOUT_ONE_POST = {
    "COLUMNS", "Autosave", "EditConflictError", "NewPostInput", "PostInput", "PostTexts",
    "author_key", "continue_bulk_change", "create", "create_bulk_change", "create_many",
    "delete_old_bulk_changes", "delete_series", "delete_tag", "edit_series", "edit_tag",
    "merge_tag", "reindex", "reindex_tagged", "relate_some", "request_all_related",
    "request_related", "rerender", "sort_series", "tag_key", "undo_bulk_change",
    "RESTORED_FIELDS", "name_revision", "restore_revision", "revoke_preview_link",
}  # fmt: skip
#: Verbs that make a post public on purpose.
PUBLISHING = {"publish", "unlist", "reinstate"}


def verbs() -> dict[str, list[str]]:
    """Return the verbs of each interface from the code, so that new ones are tested too."""
    paths = [str(pattern.pattern) for pattern in studio_urls]
    admin_actions = admin.site.get_model_admin(Post).actions or ()
    about_one = [path.partition("<uuid:pk>/")[2] for path in paths if path.startswith("/posts/")]
    return {
        "action": sorted(set(actions.__all__) - NOT_ABOUT_ONE_POST),
        "studio": sorted(verb.replace("<int:number>", "1") for verb in about_one),
        "api": sorted(
            ["update", "partial_update", "partial_update with a status", "destroy"]
            + [verb.__name__ for verb in PostViewSet.get_extra_actions()]
        ),
        "admin": sorted(
            ["change", "delete_selected"] + [getattr(a, "__name__", str(a)) for a in admin_actions]
        ),
    }


STEPS = [(interface, verb) for interface, names in verbs().items() for verb in names]
INITIAL = {
    "draft": partial(actions.create, status="draft"),
    "draft that was public": partial(actions.create, status="published", pub_date=None),
    "scheduled": partial(
        actions.create, status="published", pub_date=dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    ),
}


@pytest.mark.parametrize(
    "initial",
    [
        pytest.param(
            initial, marks=[] if initial == "draft that was public" else [pytest.mark.slow]
        )
        for initial in INITIAL
    ],
)
def test_no_interface_publishes_a_private_post(interfaces: Interfaces, initial: str) -> None:
    private = st.sampled_from([step for step in STEPS if step[1] not in PUBLISHING])

    @given(st.lists(private, min_size=1, max_size=4))
    def holds(steps: list[tuple[str, str]]) -> None:
        with rolled_back():
            post = INITIAL[initial](
                by=interfaces.user, title="Secret", slug="secret", content="Hidden"
            )
            if initial == "draft that was public":
                actions.unpublish(post, by=interfaces.user)
            for interface, verb in steps:
                interfaces.use(interface, verb, post)
                assert not Post.objects.visible_to(None).exists(), (
                    f"{verb} by {interface} published it"
                )

    holds()


@pytest.mark.parametrize(("interface", "verb"), [s for s in STEPS if s[1] in PUBLISHING])
def test_verbs_that_publish_make_a_post_public(
    interfaces: Interfaces, interface: str, verb: str
) -> None:
    post = actions.create(by=interfaces.user, title="Secret", content="Hidden")
    interfaces.use(interface, verb, post)
    assert Post.objects.visible_to(None).exists()


@pytest.mark.parametrize("interface", [interface for interface, verb in STEPS if verb == "archive"])
def test_public_posts_can_be_archived_but_drafts_cannot(
    interfaces: Interfaces, interface: str
) -> None:
    for status, after in (("draft", "draft"), ("published", "archived"), ("unlisted", "archived")):
        post = actions.create(by=interfaces.user, title="A post", status=status)
        interfaces.use(interface, "archive", post)
        assert Post.objects.get(pk=post.pk).status == after


def test_a_post_created_through_the_api_is_a_draft_by_default(interfaces: Interfaces) -> None:
    values = {"title": "New", "content": "Hidden", "pub_date": PAST}
    assert (
        interfaces.api_client.post("/api/v1/posts", values, "application/json").status_code == 201
    )
    assert Post.objects.get().status == "draft"


def test_an_imported_draft_is_in_no_response_to_an_anonymous_user(owner: User) -> None:
    posts = [ArchivedPost(number, marking) for number, marking in enumerate(ENTRIES)]
    with tempfile.TemporaryDirectory() as folder:
        path = pack(Path(folder), "json", posts, separator="/", prefix="")
        options = ImportOptions(author=owner, downloads_images=False)
        run_import("hashnode", path, options=options, report=Report(), on_progress=lambda _: None)
    client = Client()
    slugs = Post.objects.values_list("slug", flat=True)
    pages = ["/", "/archive", "/rss.xml", "/atom.xml", "/feed.json", "/search?q=words"]
    pages += ["/api/v1/posts?include=content", *(f"/{slug}" for slug in slugs)]
    text = io.StringIO()
    for page in pages:
        text.write(client.get(page).text)
    for post in posts:
        assert (post.text in text.getvalue()) == post.is_public, post
