"""Deeds: every action of every room."""

import datetime as dt
import inspect
from types import ModuleType
from typing import Any
from unittest.mock import patch

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.posts import actions as posts
from broadsheet.posts.actions.cuts import SIZE
from broadsheet.posts.models import Post
from broadsheet.publication import actions as publication
from broadsheet.publication.models import Redirect
from tests.proof.deeds import Deeds, name_of
from tests.proof.world import DAY, LAST_MOMENT, NOON, World, gif

DEEDS = Deeds()
deed = DEEDS.by


def all_actions() -> set[str]:
    """Return every public function of the rooms' actions."""
    return {name for room in (posts, publication, accounts, media) for name in _public(room)}


def _public(room: ModuleType) -> set[str]:
    found = inspect.getmembers(room, inspect.isfunction)
    names = getattr(room, "__all__", None)
    return {
        name_of(f)
        for name, f in found
        if (name in names if names else f.__module__ == room.__name__ and name[0] != "_")
    }


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
                 pub_date=NOON + 300 * DAY)  # fmt: skip


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
    "allows_comments": False, "shows_contents": False, "source_digest": "0" * 64,
}  # fmt: skip


def _edit_of(field: str) -> None:
    def do(world: World) -> None:
        value = [world.people.silent_author] if field == "authors" else CHANGES[field]
        changes: dict[str, Any] = {field: value}
        if field == "cover_url":  # seen where there is no other cover
            changes["cover"] = None
        edit(world, **changes)

    DEEDS.add(f"edit {field}", [posts.edit], do)


for field in posts.Fields.__annotations__:
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
    except posts.Conflict:
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


@deed(posts.ask_for_related, posts.ask_for_all_related, posts.relate_some)
def relate_all(world: World) -> None:
    posts.ask_for_related([world.posts["jam"].pk])
    posts.ask_for_all_related()
    while posts.relate_some():
        pass


@deed(posts.cut_sitemaps)
def cut_the_sitemaps(world: World) -> None:
    with patch.dict(SIZE, dict.fromkeys(SIZE, 2)):
        posts.cut_sitemaps()


@deed(posts.cut_sitemaps)
def join_the_sitemaps_of_which_one_is_empty(world: World) -> None:
    Post.objects.filter(pub_date__gt=LAST_MOMENT, pub_date__lt=NOON - 2 * DAY).delete()
    posts.cut_sitemaps()


@deed(posts.reindex, posts.tag_key, posts.author_key, tells=False)
def write_the_search_index_anew(world: World) -> None:
    assert posts.tag_key(world.tags["tea"].pk) != posts.author_key(world.people.author.pk)
    posts.reindex()


@deed(publication.edit_site)
def edit_the_site(world: World) -> None:
    publication.edit_site(name="Changed")


@deed(publication.redirect, publication.free_paths, tells=False)
def redirect_and_free_it_again(world: World) -> None:
    publication.redirect("/new", "/jam")
    publication.redirect("/old", "", status=Redirect.Status.GONE)
    publication.free_paths(["/gone-for-good"])


@deed(publication.redirect, tells=False)
def redirect_where_a_page_stands(world: World) -> None:
    publication.redirect("/jam", "/bread")
    publication.redirect("/tag/tea", "/bread")


@deed(publication.redirect)
def redirect_and_then_take_the_page_away(world: World) -> None:
    publication.redirect("/jam", "/bread")
    posts.unpublish(world.post(), by=world.people.editor)


@deed(publication.claim_key, publication.can_claim)
def claim_anew(world: World) -> None:
    User.objects.filter(role="owner").update(role="editor")
    key = publication.claim_key()
    assert publication.can_claim(key)
    publication.claim(key=key, name="Mine", username="eve", email="e@e.example", password="x" * 20)


@deed(publication.claim, tells=False)
def claim_what_is_claimed(world: World) -> None:
    person = {"username": "eve", "email": "e@e.example", "password": "x" * 20}
    try:
        publication.claim(key=publication.claim_key(), name="Mine", **person)
    except PermissionDenied:
        return
    raise AssertionError


def _author(world: World) -> User:
    return User.objects.get(pk=world.people.author.pk)


for what, value in {
    "display_name": "Changed",
    "bio": "Changed.",
    "links": [{"label": "Changed", "url": "https://e.example"}],
}.items():
    DEEDS.add(
        f"edit profile {what}",
        [accounts.edit_profile],
        lambda world, what=what, value=value: accounts.edit_profile(  # type: ignore[misc]
            _author(world), **{what: value}
        ),
    )


@deed(accounts.set_avatar)
def set_avatar(world: World) -> None:
    accounts.set_avatar(_author(world), gif("112233"), name="new.gif")


@deed(accounts.remove_avatar)
def remove_avatar(world: World) -> None:
    accounts.remove_avatar(_author(world))


@deed(accounts.change_role)
def change_role_to_reader(world: World) -> None:
    accounts.change_role(_author(world), "reader", by=world.people.owner)


@deed(accounts.change_role)
def change_role_of_who_has_written_nothing(world: World) -> None:
    accounts.change_role(world.people.silent_author, "reader", by=world.people.owner)


@deed(accounts.change_role)
def change_role_to_author(world: World) -> None:
    accounts.change_role(world.people.reader, "author", by=world.people.owner)


@deed(accounts.deactivate)
def deactivate(world: World) -> None:
    accounts.deactivate(world.people.silent_author, by=world.people.owner)


@deed(accounts.reactivate)
def reactivate(world: World) -> None:
    User.objects.filter(pk=world.people.silent_author.pk).update(is_active=False)
    accounts.reactivate(User.objects.get(username="sue"), by=world.people.owner)
    accounts.deactivate(_author(world), by=world.people.owner)


@deed(accounts.invite, accounts.find_invitation, accounts.admit)
def invite_and_admit(world: World) -> None:
    invitation, secret = accounts.invite(by=world.people.owner, role="editor")
    assert accounts.find_invitation(secret) == invitation
    with transaction.atomic():
        guest = User.objects.create_user("guest", "guest@example.org")
        accounts.admit(guest, invitation=invitation)


@deed(
    *(accounts.revoke_invitation, accounts.set_registration, accounts.change_email),
    *(accounts.propose_email, accounts.vouch_for_email, accounts.create_token),
    *(accounts.authenticate_token, accounts.revoke_token),
    tells=False,
)
def what_is_between_a_person_and_the_site(world: World) -> None:
    ada = _author(world)
    accounts.revoke_invitation(accounts.invite(by=world.people.owner)[0])
    accounts.set_registration(mode="open", role="author")
    accounts.change_email(ada, "changed@example.org")
    accounts.propose_email(ada, "again@example.org")
    accounts.vouch_for_email(ada)
    until = timezone.now() + dt.timedelta(1)
    token, key = accounts.create_token(ada, name="t", scope="read", expires_at=until)
    assert accounts.authenticate_token(key) == token
    accounts.revoke_token(token)


def _image(world: World, name: str) -> Image:
    return Image.objects.get(pk=world.images[name].pk)


@deed(media.upload, media.store, tells=False)
def upload(world: World) -> None:
    media.upload(gif("445566"), name="new.gif", by=world.people.author)


for image in ("cover", "logo"):
    DEEDS.add(
        f"describe {image}",
        [media.describe],
        lambda world, image=image: media.describe(_image(world, image), alt="Changed"),  # type: ignore[misc]
    )


@deed(media.make_variants)
def make_variants(world: World) -> None:
    Image.objects.filter(pk=world.images["cover"].pk).update(mime="image/png")
    media.make_variants(_image(world, "cover"))
