"""Deeds: every action of posts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from broadsheet.posts import actions as posts
from broadsheet.posts.models import Post
from tests.guarantees.staleness.deeds import Deeds
from tests.guarantees.staleness.world import DAY, NOON, World

DEEDS = Deeds()
deed = DEEDS.by


def edit(world: World, name: str = "jam", **changes: Any) -> Post:
    """Save a new version of a post."""
    post = world.post(name)
    return posts.edit(post, by=world.people.editor, version=post.version, **changes)


@deed(posts.create)
def create(world: World) -> None:
    posts.create(by=world.people.author, title="New", status="published", pub_date=NOON + DAY,
                 tags=["Tea", "New"], series="New")  # fmt: skip


@deed(posts.create)
def create_between_two_of_the_same_moment(world: World) -> None:
    posts.create(by=world.people.author, title="New", status="published", pub_date=NOON - DAY)


@deed(posts.create)
def create_in_a_year_of_its_own(world: World) -> None:
    posts.create(by=world.people.another_author, title="New", status="published",
                 pub_date=NOON - 1_000 * DAY)  # fmt: skip


@deed(posts.create, tells=False)
def create_a_draft(world: World) -> None:
    posts.create(by=world.people.author, title="New", tags=["Tea", "New"], series="New")


@deed(posts.create)
def create_at_the_address_of_a_deleted_post(world: World) -> None:
    Post.objects.filter(slug="was").delete()
    posts.create(by=world.people.author, title="Was", slug="was", status="published", pub_date=NOON)


@deed(posts.create_many)
def create_many(world: World) -> None:
    posts.create_many(
        [
            {"title": "New", "status": "published", "pub_date": NOON - n * DAY, "tags": ["Tea"]}
            for n in range(5)
        ],
        by=world.people.author,
    )


CHANGES: dict[str, object] = {
    "title": "Changed", "subtitle": "Changed", "slug": "changed", "content": "Changed.",
    "excerpt": "Changed", "cover": None, "cover_url": "https://e.example/c.png",
    "cover_alt": "Changed", "pub_date": NOON - 90 * DAY, "authors": None, "tags": ["New", "Food"],
    "series": "Solo", "canonical_url": "https://e.example/c", "seo_title": "Changed",
    "seo_description": "Changed", "share_image_url": "https://e.example/s.png", "language": "ar",
    "is_featured": True, "allows_comments": False, "shows_contents": False,
    "source_digest": "0" * 64,
}  # fmt: skip


def _edit_of(field: str) -> None:
    def do(world: World) -> None:
        value = [world.people.silent_author] if field == "authors" else CHANGES[field]
        changes: dict[str, Any] = {field: value}
        if field == "cover_url":  # seen where there is no other cover
            changes["cover"] = None
        edit(world, **changes)

    DEEDS.add(f"edit {field}", [posts.edit], do)


for field in posts.PostInput.__annotations__:
    _edit_of(field)


@deed(posts.edit)
def edit_the_order_of_tags(world: World) -> None:
    edit(world, tags=["Food", "Tea"])


@deed(posts.edit)
def edit_the_order_of_authors(world: World) -> None:
    edit(world, authors=[world.people.another_author, world.people.author])


@deed(posts.edit)
def edit_what_is_unlisted(world: World) -> None:
    edit(world, "hidden", title="Changed", tags=["New"])


@deed(posts.edit)
def edit_a_related_post(world: World) -> None:
    edit(world, "lone", title="Changed")


@deed(posts.edit, tells=False)
def edit_a_draft(world: World) -> None:
    edit(world, "draft", title="Changed", tags=["New"])


@deed(posts.edit, tells=False)
def edit_nothing(world: World) -> None:
    edit(world, title=world.post().title)


@deed(posts.edit, tells=False)
def edit_what_was_edited_meanwhile(world: World) -> None:
    try:
        posts.edit(world.post(), by=world.people.author, version=99, title="Changed")
    except posts.EditConflictError:
        return
    raise AssertionError


@deed(posts.edit, tells=False)
def edit_and_be_refused(world: World) -> None:
    try:
        edit(world, title="Changed", slug="studio")
    except ValidationError:
        return
    raise AssertionError


@deed(posts.edit, tells=False)
def edit_and_roll_back(world: World) -> None:
    with transaction.atomic():
        edit(world, title="Changed")
        transaction.set_rollback(True)


@deed(posts.edit)
def edit_in_a_savepoint_after_one_that_is_rolled_back(world: World) -> None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                edit(world, title="Changed")
                raise LookupError
        except LookupError:
            with transaction.atomic():
                edit(world, "bread", title="Changed")


def _stand(action: object, name: str, *, tells: bool = True) -> None:
    def do(world: World) -> None:
        action(world.post(name), by=world.people.editor)  # type: ignore[operator]

    DEEDS.add(f"{action.__name__} {name}", [action], do, tells=tells)  # type: ignore[attr-defined]


STANDING = (
    "newest",
    "jam",
    "honey",
    "lone",
    "fred",
    "hidden",
    "unlisted",
    "shelved",
    "draft",
    "soon",
)
for verb in (posts.publish, posts.unlist, posts.archive, posts.unpublish, posts.delete):
    for name in STANDING:
        same = {
            posts.publish: {"newest", "jam", "honey", "lone", "fred"},
            posts.unlist: {"hidden", "unlisted"},
            posts.archive: {"shelved"},
        }.get(verb, set())
        if verb == posts.archive and name in {"draft", "soon"}:  # would let readers read them
            continue
        # What readers do not know is not missed, and no page that they know shows the unlisted.
        is_unknown = verb != posts.publish and name in {"draft", "soon"}
        _stand(verb, name, tells=name not in same and not is_unknown)
_stand(posts.restore, "deleted")


@deed(posts.publish)
def publish_at_another_date(world: World) -> None:
    posts.publish(world.post(), by=None, at=NOON - 700 * DAY)


@deed(posts.publish)
def publish_what_is_out_for_later(world: World) -> None:
    posts.publish(world.post(), by=None, at=timezone.now() + DAY)


@deed(posts.request_related, posts.request_all_related, posts.relate_some)
def relate_all(world: World) -> None:
    posts.request_related([world.posts["jam"].pk])
    posts.request_all_related()
    while posts.relate_some():
        pass


@deed(posts.rerender)
def render_again(world: World) -> None:
    Post.objects.filter(pk=world.posts["jam"].pk).update(content="Not *rendered* yet")
    assert any(posts.rerender())


@deed(posts.reindex, posts.tag_key, posts.author_key, tells=False)
def write_the_search_index_anew(world: World) -> None:
    assert posts.tag_key(world.tags["tea"].pk) != posts.author_key(world.people.author.pk)
    posts.reindex()
