"""What was not public becomes public by nobody's hand but one that publishes it.

Two properties: over every importer, and over every door through which a post's status changes.
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
from broadsheet.transfer.start_import import start_import

pytestmark = pytest.mark.django_db

PAST = "2023-09-22T06:31:09.000Z"


@contextmanager
def undone() -> Iterator[None]:
    """Take back what an example did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- Importers


@dataclass(frozen=True)
class Written:
    """A post in an archive: its text and whether everyone could read it there."""

    number: int
    way: str

    @property
    def is_public(self) -> bool:
        return self.way == "public"

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


def headed(post: Written) -> tuple[str, str]:
    head = {"title": f"Title {post.number}", "slug": f"slug-{post.number}"}
    name = post.cuid
    if post.way == "file name":
        name = f"draft-{post.object_id}"
    elif post.way == "file name in capitals":
        name = f"Draft-{post.object_id}"
    elif post.way == "folder":
        name = f"drafts/{post.object_id}"
    elif post.way == "no date and no cuid":
        name = post.object_id
    if post.way != "no date and no cuid":
        head |= {"datePublished": PAST}
    head |= HEADS.get(post.way, {})
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    return f"{name}.md", f"---\n{lines}---\n\n{post.text}\n"


def legacy(post: Written) -> tuple[str, str]:
    names = {"public": post.cuid, "file name": f"draft-{post.object_id}"}
    return f"{names.get(post.way, post.object_id)}.md", f"# Title {post.number}\n\n{post.text}\n"


def own(post: Written) -> tuple[str, str]:
    head = f"title: Title {post.number}\n"
    if post.way in STATUSES:
        head += f"status: {STATUSES[post.way]}\n"
    if post.way != "no date":
        head += f"date: {'2999-01-01' if post.way == 'scheduled' else PAST}\n"
    else:
        head += "status: published\n"
    return f"post-{post.number}.md", f"---\n{head}---\n\n{post.text}\n"


def as_json(posts: list[Written], *, is_bare: bool) -> str:
    lists: dict[str, list[dict[str, Any]]] = {"posts": [], "drafts": []}
    for post in posts:
        entry = {
            "_id": post.object_id,
            "title": f"Title {post.number}",
            "contentMarkdown": post.text,
            "dateAdded": PAST,
            **ENTRIES[post.way],
        }
        lists["drafts" if post.way == "draft list" and not is_bare else "posts"].append(entry)
    return json.dumps(lists["posts"] if is_bare else lists)


WAYS: dict[str, list[str]] = {
    "headed": [
        "public", *HEADS, "file name", "file name in capitals", "folder", "no date and no cuid",
    ],
    "legacy": ["public", "file name", "object id"],
    "own": [*STATUSES, "no status", "no date"],
    "json": list(ENTRIES),
    "bare json": [way for way in ENTRIES if way != "draft list"],
}  # fmt: skip
FILES = {"headed": headed, "legacy": legacy, "own": own}


def pack(folder: Path, layout: str, posts: list[Written], *, separator: str, place: str) -> Path:
    """Write the posts into a file or an archive and return it."""
    if layout not in FILES:
        path = folder / "export.json"
        path.write_text(as_json(posts, is_bare=layout == "bare json"))
        return path
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for post in posts:
            name, text = FILES[layout](post)
            archive.writestr(f"{place}{name}".replace("/", separator), text)
    return path


@pytest.mark.parametrize("layout", WAYS)
def test_no_importer_makes_public_what_was_not(owner: User, layout: str) -> None:
    ways = st.lists(st.sampled_from(WAYS[layout]), min_size=1, max_size=6)

    @given(ways, st.permutations(["/", "\\"]), st.sampled_from(["", "blog/", "a b/main/"]))
    def holds(ways: list[str], separators: list[str], place: str) -> None:
        posts = [Written(number, way) for number, way in enumerate(ways)]
        kind = "markdown" if layout == "own" else "hashnode"
        options = ImportOptions(author=owner, downloads_images=False)
        with undone(), tempfile.TemporaryDirectory() as folder:
            for separator in separators:
                path = pack(Path(folder), layout, posts, separator=separator, place=place)
                start_import(
                    kind, path, options=options, report=Report(), on_progress=lambda _: None
                )
                assert Post.objects.count() == len(posts)
                texts = " ".join(Post.objects.visible_to(None).values_list("content", flat=True))
                shown = {post.number for post in posts if post.text in texts}
                assert shown == {post.number for post in posts if post.is_public}

    holds()


# --- Doors

POST = reverse("studio:posts") + "/posts"


class Hand:
    """An owner with everything through which a post's status can be changed."""

    def __init__(self, user: User) -> None:
        self.user = user
        _token, key = create_token(user, name="test", scope="write", expires_at=None)
        self.program = Client(headers={"authorization": f"Bearer {key}"})
        self.browser = Client()
        self.browser.force_login(user)

    def use(self, door: str, verb: str, post: Post) -> None:
        """Go through a door; what it refuses is refused."""
        post.refresh_from_db()
        with suppress(ValidationError):
            getattr(self, door)(verb, post)

    def action(self, verb: str, post: Post) -> None:
        if verb == "edit":
            past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
            actions.edit(post, by=self.user, version=post.version, pub_date=past)
        else:
            getattr(actions, verb)(post, by=self.user)

    def studio(self, verb: str, post: Post) -> None:
        values = {"title": "New", "content": "x", "version": post.version, "status": "published"}
        self.browser.post(f"{POST}/{post.pk}/{verb}", values)

    def api(self, verb: str, post: Post) -> None:
        address = f"/api/v1/posts/{post.pk}"
        values = {"title": "New", "version": post.version, "pub_date": PAST}
        match verb:
            case "update":
                self.program.put(address, values, "application/json")
            case "partial_update":
                self.program.patch(address, values, "application/json")
            case "partial_update with a status":
                status = {"status": "published"}
                self.program.patch(address, values | status, "application/json")
            case "destroy":
                self.program.delete(address)
            case _:
                self.program.post(f"{address}/{verb}", {}, "application/json")

    def admin(self, verb: str, post: Post) -> None:
        if verb == "change":
            url = reverse("admin:posts_post_change", args=[post.pk])
            form = self.browser.get(url).context["adminform"].form
            values = {name: form[name].value() for name in form.fields}
            values = {name: "" if value is None else value for name, value in values.items()}
            self.browser.post(url, values | {"title": "New", "status": "published"})
        else:
            chosen = {"action": verb, "_selected_action": str(post.pk), "post": "yes"}
            self.browser.post(reverse("admin:posts_post_changelist"), chosen)


@pytest.fixture
def hand(owner: User) -> Hand:
    return Hand(owner)


#: Verbs of actions that are about no single post, or make one.
NO_STATUS = {
    "COLUMNS", "EditConflictError", "NewPostInput", "PostInput", "author_key", "create",
    "create_many", "reindex", "relate_some", "request_all_related", "request_related",
    "rerender", "tag_key",
}  # fmt: skip
#: Verbs that publish: whoever uses one wants readers to read the post.
PUBLISHING = {"publish", "unlist"}


def verbs() -> dict[str, list[str]]:
    """Return the verbs of each door as the code has them, so that a new one is tried too."""
    paths = [str(pattern.pattern) for pattern in studio_urls]
    admin_actions = admin.site.get_model_admin(Post).actions or ()
    about_one = [path.partition("<uuid:pk>/")[2] for path in paths if path.startswith("/posts/")]
    return {
        "action": sorted(set(actions.__all__) - NO_STATUS),
        "studio": sorted(verb.replace("<int:number>", "1") for verb in about_one),
        "api": sorted(
            ["update", "partial_update", "partial_update with a status", "destroy"]
            + [verb.__name__ for verb in PostViewSet.get_extra_actions()]
        ),
        "admin": sorted(
            ["change", "delete_selected"] + [getattr(a, "__name__", str(a)) for a in admin_actions]
        ),
    }


STEPS = [(door, verb) for door, names in verbs().items() for verb in names]
FIRST = {
    "draft": partial(actions.create, status="draft"),
    "draft that was public": partial(actions.create, status="published", pub_date=None),
    "scheduled": partial(
        actions.create, status="published", pub_date=dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    ),
}


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=[] if first == "draft that was public" else [pytest.mark.slow])
        for first in FIRST
    ],
)
def test_no_door_makes_public_what_was_not(hand: Hand, first: str) -> None:
    private = st.sampled_from([step for step in STEPS if step[1] not in PUBLISHING])

    @given(st.lists(private, min_size=1, max_size=4))
    def holds(steps: list[tuple[str, str]]) -> None:
        with undone():
            post = FIRST[first](by=hand.user, title="Secret", slug="secret", content="Hidden")
            if first == "draft that was public":
                actions.unpublish(post, by=hand.user)
            for door, verb in steps:
                hand.use(door, verb, post)
                assert not Post.objects.visible_to(None).exists(), f"{verb} by {door} published it"

    holds()


@pytest.mark.parametrize(("door", "verb"), [s for s in STEPS if s[1] in PUBLISHING])
def test_the_doors_that_publish_do(hand: Hand, door: str, verb: str) -> None:
    post = actions.create(by=hand.user, title="Secret", content="Hidden")
    hand.use(door, verb, post)
    assert Post.objects.visible_to(None).exists()


@pytest.mark.parametrize("door", [door for door, verb in STEPS if verb == "archive"])
def test_a_draft_cannot_be_archived_and_what_is_public_can(hand: Hand, door: str) -> None:
    for status, after in (("draft", "draft"), ("published", "archived"), ("unlisted", "archived")):
        post = actions.create(by=hand.user, title="A post", status=status)
        hand.use(door, "archive", post)
        assert Post.objects.get(pk=post.pk).status == after


def test_what_an_api_client_creates_is_a_draft_unless_it_says_otherwise(hand: Hand) -> None:
    values = {"title": "New", "content": "Hidden", "pub_date": PAST}
    assert hand.program.post("/api/v1/posts", values, "application/json").status_code == 201
    assert Post.objects.get().status == "draft"


def test_an_imported_draft_is_in_nothing_that_a_stranger_can_ask_for(owner: User) -> None:
    posts = [Written(number, way) for number, way in enumerate(ENTRIES)]
    with tempfile.TemporaryDirectory() as folder:
        path = pack(Path(folder), "json", posts, separator="/", place="")
        options = ImportOptions(author=owner, downloads_images=False)
        start_import("hashnode", path, options=options, report=Report(), on_progress=lambda _: None)
    client = Client()
    slugs = Post.objects.values_list("slug", flat=True)
    pages = ["/", "/archive", "/rss.xml", "/atom.xml", "/feed.json", "/search?q=words"]
    pages += ["/api/v1/posts?include=content", *(f"/{slug}" for slug in slugs)]
    text = io.StringIO()
    for page in pages:
        text.write(client.get(page).text)
    for post in posts:
        assert (post.text in text.getvalue()) == post.is_public, post
