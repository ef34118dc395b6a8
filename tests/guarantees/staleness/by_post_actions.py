"""Changes by every action of posts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from broadsheet.lib.keyset import OLDEST
from broadsheet.posts import actions as posts
from broadsheet.posts.models import BulkChange, Post, Series
from tests.guarantees.staleness.changes import Changes
from tests.guarantees.staleness.world import DAY, NOON, World

CHANGES = Changes()
change = CHANGES.declare


def edit(world: World, name: str = "jam", **changes: Any) -> Post:
    """Save a new version of a post."""
    post = world.post(name)
    return posts.edit(post, by=world.users.editor, version=post.version, **changes)


@change(posts.create)
def create(world: World) -> None:
    posts.create(by=world.users.author, title="New", status="published", pub_date=NOON + DAY,
                 tags=["Tea", "New"], series="New")  # fmt: skip


@change(posts.create)
def create_at_the_time_of_two_other_posts(world: World) -> None:
    posts.create(by=world.users.author, title="New", status="published", pub_date=NOON - DAY)


@change(posts.create)
def create_in_a_new_year(world: World) -> None:
    posts.create(by=world.users.another_author, title="New", status="published",
                 pub_date=NOON - 1_000 * DAY)  # fmt: skip


@change(posts.create, is_visible=False)
def create_a_draft(world: World) -> None:
    posts.create(by=world.users.author, title="New", tags=["Tea", "New"], series="New")


@change(posts.create)
def create_with_the_slug_of_a_deleted_post(world: World) -> None:
    Post.objects.filter(slug="was").delete()
    posts.create(by=world.users.author, title="Was", slug="was", status="published", pub_date=NOON)


@change(posts.create_many)
def create_many(world: World) -> None:
    posts.create_many(
        [
            {"title": "New", "status": "published", "pub_date": NOON - n * DAY, "tags": ["Tea"]}
            for n in range(5)
        ],
        by=world.users.author,
    )


@change(posts.update)
def update(world: World) -> None:
    post = world.post()
    posts.autosave(post, by=world.users.editor, version=post.version, title="Changed")
    posts.update(post, by=world.users.editor, version=post.version, title="Changed")


@change(posts.restore_revision)
def restore_a_revision(world: World) -> None:
    post = edit(world, title="Another title")
    first = post.revisions.get(number=1)
    first.title = "Changed"
    posts.restore_revision(first, by=world.users.editor, version=post.version)


@change(posts.name_revision, is_visible=False)
def name_a_revision(world: World) -> None:
    posts.name_revision(world.post().revisions.get(number=1), "The first")


@change(posts.create_preview_link, posts.revoke_preview_link, is_visible=False)
def create_and_revoke_a_preview_link(world: World) -> None:
    link, _token = posts.create_preview_link(world.post(), by=world.users.editor)
    posts.revoke_preview_link(link)


@change(posts.autosave, posts.discard, is_visible=False)
def autosave_and_discard(world: World) -> None:
    post = world.post()
    posts.autosave(post, by=world.users.editor, version=post.version, content="Changed.")
    posts.discard(post, by=world.users.editor)
    posts.autosave(post, by=world.users.editor, version=post.version, title="Changed")


EDITS: dict[str, object] = {
    "title": "Changed", "subtitle": "Changed", "slug": "changed", "content": "Changed.",
    "excerpt": "Changed", "cover": None, "cover_url": "https://e.example/c.png",
    "cover_alt": "Changed", "pub_date": NOON - 90 * DAY, "authors": None, "tags": ["New", "Food"],
    "series": "Solo", "series_position": 0, "canonical_url": "https://e.example/c",
    "seo_title": "Changed",
    "seo_description": "Changed", "share_image_url": "https://e.example/s.png", "language": "ar",
    "is_featured": True, "allows_comments": False, "shows_contents": False,
    "source_digest": "0" * 64,
    "kind": "page", "page_layout": "undated",
}  # fmt: skip


def _edit_of(field: str) -> None:
    def do(world: World) -> None:
        value = [world.users.silent_author] if field == "authors" else EDITS[field]
        changes: dict[str, Any] = {field: value}
        if field == "cover_url":  # visible without another cover
            changes["cover"] = None
        edit(world, **changes)

    CHANGES.add(f"edit {field}", [posts.edit], do)


for field in posts.PostInput.__annotations__:
    _edit_of(field)


@change(posts.edit)
def edit_the_order_of_tags(world: World) -> None:
    edit(world, tags=["Food", "Tea"])


@change(posts.edit)
def edit_the_order_of_authors(world: World) -> None:
    edit(world, authors=[world.users.another_author, world.users.author])


@change(posts.edit)
def edit_an_unlisted_post(world: World) -> None:
    edit(world, "hidden", title="Changed", tags=["New"])


@change(posts.edit)
def edit_a_page(world: World) -> None:
    edit(world, "about", title="Changed", slug="new", content="Changed.")


@change(posts.edit)
def edit_a_page_so_that_it_becomes_a_post(world: World) -> None:
    edit(world, "about", kind="post")


@change(posts.edit)
def edit_a_post_so_that_it_becomes_a_page(world: World) -> None:
    edit(world, "honey", kind="page")


@change(posts.create)
def create_a_page(world: World) -> None:
    posts.create(by=world.users.author, title="New", kind="page", status="published")


@change(posts.edit)
def edit_a_related_post(world: World) -> None:
    edit(world, "lone", title="Changed")


@change(posts.edit, is_visible=False)
def edit_a_draft(world: World) -> None:
    edit(world, "draft", title="Changed", tags=["New"])


@change(posts.edit, is_visible=False)
def edit_nothing(world: World) -> None:
    edit(world, title=world.post().title)


@change(posts.edit, is_visible=False)
def edit_an_outdated_version(world: World) -> None:
    try:
        posts.edit(world.post(), by=world.users.author, version=99, title="Changed")
    except posts.EditConflictError:
        return
    raise AssertionError


@change(posts.edit, is_visible=False)
def edit_with_a_reserved_slug(world: World) -> None:
    try:
        edit(world, title="Changed", slug="studio")
    except ValidationError:
        return
    raise AssertionError


@change(posts.edit, is_visible=False)
def edit_and_roll_back(world: World) -> None:
    with transaction.atomic():
        edit(world, title="Changed")
        transaction.set_rollback(True)


@change(posts.edit)
def edit_after_a_rolled_back_savepoint(world: World) -> None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                edit(world, title="Changed")
                raise LookupError
        except LookupError:
            with transaction.atomic():
                edit(world, "bread", title="Changed")


def _add_status_change(action: object, name: str, *, is_visible: bool = True) -> None:
    def do(world: World) -> None:
        action(world.post(name), by=world.users.editor)  # type: ignore[operator]

    CHANGES.add(f"{action.__name__} {name}", [action], do, is_visible=is_visible)  # type: ignore[attr-defined]


POST_NAMES = (
    "newest",
    "jam",
    "honey",
    "lone",
    "fred",
    "about",
    "hidden",
    "unlisted",
    "shelved",
    "draft",
    "soon",
)
for verb in (posts.publish, posts.unlist, posts.archive, posts.unpublish, posts.delete):
    for name in POST_NAMES:
        same = {
            posts.publish: {"newest", "jam", "honey", "lone", "fred", "about"},
            posts.unlist: {"hidden", "unlisted"},
            posts.archive: {"shelved"},
        }.get(verb, set())
        if verb == posts.archive and name in {"draft", "soon"}:  # refused: it would publish them
            continue
        # Visitors never saw a draft, so they do not miss it.
        is_unknown = verb != posts.publish and name in {"draft", "soon"}
        _add_status_change(verb, name, is_visible=name not in same and not is_unknown)
_add_status_change(posts.restore, "deleted")


@change(posts.publish)
def publish_at_another_date(world: World) -> None:
    posts.publish(world.post(), by=None, at=NOON - 700 * DAY)


@change(posts.publish)
def publish_later_what_is_published(world: World) -> None:
    posts.publish(world.post(), by=None, at=timezone.now() + DAY)


@change(posts.request_related, posts.request_all_related, posts.relate_some)
def relate_all(world: World) -> None:
    posts.request_related([world.posts["jam"].pk])
    posts.request_all_related()
    while posts.relate_some():
        pass


@change(posts.rerender)
def render_again(world: World) -> None:
    Post.objects.filter(pk=world.posts["jam"].pk).update(content="Not *rendered* yet")
    assert any(posts.rerender())


@change(posts.edit_tag)
def rename_a_tag(world: World) -> None:
    posts.edit_tag(world.tags["tea"], name="Changed", slug="changed", description="Changed.")


@change(posts.merge_tag)
def merge_a_tag(world: World) -> None:
    posts.merge_tag(world.tags["lonely"], into=world.tags["tea"])


@change(posts.merge_tag, is_visible=False)
def merge_a_tag_of_hidden_posts(world: World) -> None:
    posts.merge_tag(world.tags["draft"], into=world.tags["empty"])


@change(posts.reinstate)
def undo_a_change_of_status(world: World) -> None:
    post = world.post()
    posts.unpublish(post, by=world.users.editor)
    posts.reinstate(post, by=world.users.editor, status="unlisted", pub_date=post.pub_date)


@change(posts.create_bulk_change, posts.continue_bulk_change, posts.undo_bulk_change)
def change_many_posts_and_undo_it(world: World) -> None:
    ids = [world.posts["jam"].pk, world.posts["lone"].pk]
    for verb, value in (("add_tag", "New"), ("set_series", "Solo"), ("unpublish", "")):
        bulk = posts.create_bulk_change(ids, by=world.users.editor, verb=verb, value=value)
        while posts.continue_bulk_change(bulk.pk):
            pass
    posts.undo_bulk_change(bulk)
    while posts.continue_bulk_change(bulk.pk):
        pass


@change(posts.edit_series)
def rename_a_series(world: World) -> None:
    posts.edit_series(world.series["kitchen"], name="Changed", slug="changed")


@change(posts.sort_series)
def sort_a_series(world: World) -> None:
    posts.sort_series(world.series["kitchen"], [world.posts["jam"].pk, world.posts["draft"].pk])


@change(posts.delete_old_bulk_changes, is_visible=False)
def delete_old_bulk_changes(world: World) -> None:
    ids = [world.posts["draft"].pk]
    bulk = posts.create_bulk_change(ids, by=world.users.editor, verb="delete")
    while posts.continue_bulk_change(bulk.pk):
        pass
    BulkChange.objects.update(created_at=NOON - 1_000 * DAY)
    posts.delete_old_bulk_changes()
    assert not BulkChange.objects.exists()


@change(posts.delete_series, is_visible=False)
def delete_an_unused_series(world: World) -> None:
    posts.delete_series(Series.objects.create(name="Unused", slug="unused"))


@change(posts.delete_tag, posts.reindex_tagged, is_visible=False)
def delete_an_unused_tag(world: World) -> None:
    posts.delete_tag(world.tags["empty"])
    assert posts.reindex_tagged(world.tags["tea"].pk, after=OLDEST.id)


@change(posts.reindex, posts.tag_key, posts.author_key, is_visible=False)
def rebuild_the_search_index(world: World) -> None:
    assert posts.tag_key(world.tags["tea"].pk) != posts.author_key(world.users.author.pk)
    posts.reindex()
