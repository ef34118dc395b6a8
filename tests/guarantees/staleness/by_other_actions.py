"""Changes by every action of accounts, media and publication."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from broadsheet.accounts import actions as accounts
from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.posts import actions as posts
from broadsheet.publication import actions as publication
from broadsheet.publication.models import Redirect
from broadsheet.statistics import actions as statistics
from tests.guarantees.staleness.changes import Changes
from tests.guarantees.staleness.world import World, gif

CHANGES = Changes()
change = CHANGES.declare


@change(publication.edit_site)
def edit_the_site(world: World) -> None:
    publication.edit_site(name="Changed")


@change(publication.record_url, publication.own_hosts, is_visible=False)
def move_to_another_url(world: World) -> None:
    with override_settings(SITE_URL="https://elsewhere.example"):
        publication.record_url()
    assert "elsewhere.example" in publication.own_hosts()


@change(publication.add_redirect, publication.delete_redirects_for, is_visible=False)
def add_and_delete_redirects(world: World) -> None:
    publication.add_redirect("/new", "/jam")
    publication.add_redirect("/old", "", status=Redirect.Status.GONE)
    publication.delete_redirects_for(["/gone-for-good"])


@change(publication.add_redirect, is_visible=False)
def redirect_from_the_url_of_a_page(world: World) -> None:
    publication.add_redirect("/jam", "/bread")
    publication.add_redirect("/tag/tea", "/bread")


@change(publication.add_redirect)
def redirect_and_then_unpublish_the_page(world: World) -> None:
    publication.add_redirect("/jam", "/bread")
    posts.unpublish(world.post(), by=world.users.editor)


@change(publication.setup_key, publication.can_set_up)
def set_up_again(world: World) -> None:
    User.objects.filter(role="owner").update(role="editor")
    key = publication.setup_key()
    assert publication.can_set_up(key)
    publication.setup(key=key, name="Mine", username="eve", email="e@e.example", password="x" * 20)


@change(publication.setup, is_visible=False)
def set_up_a_site_with_an_owner(world: World) -> None:
    person = {"username": "eve", "email": "e@e.example", "password": "x" * 20}
    try:
        publication.setup(key=publication.setup_key(), name="Mine", **person)
    except PermissionDenied:
        return
    raise AssertionError


def _author(world: World) -> User:
    return User.objects.get(pk=world.users.author.pk)


for field, value in {
    "display_name": "Changed",
    "bio": "Changed.",
    "links": [{"label": "Changed", "url": "https://e.example"}],
}.items():
    CHANGES.add(
        f"edit profile {field}",
        [accounts.edit_profile],
        lambda world, field=field, value=value: accounts.edit_profile(  # type: ignore[misc]
            _author(world), **{field: value}
        ),
    )


@change(accounts.set_avatar, accounts.store_avatar)
def set_avatar(world: World) -> None:
    accounts.set_avatar(_author(world), gif("112233"), name="new.gif")


@change(accounts.remove_avatar)
def remove_avatar(world: World) -> None:
    accounts.remove_avatar(_author(world))


@change(accounts.change_role)
def change_role_to_reader(world: World) -> None:
    accounts.change_role(_author(world), "reader", by=world.users.owner)


@change(accounts.change_role)
def change_role_of_an_author_without_posts(world: World) -> None:
    accounts.change_role(world.users.silent_author, "reader", by=world.users.owner)


@change(accounts.change_role)
def change_role_to_author(world: World) -> None:
    accounts.change_role(world.users.reader, "author", by=world.users.owner)


@change(accounts.deactivate)
def deactivate(world: World) -> None:
    accounts.deactivate(world.users.silent_author, by=world.users.owner)


@change(accounts.reactivate)
def reactivate(world: World) -> None:
    User.objects.filter(pk=world.users.silent_author.pk).update(is_active=False)
    accounts.reactivate(User.objects.get(username="sue"), by=world.users.owner)
    accounts.deactivate(_author(world), by=world.users.owner)


@change(accounts.invite, accounts.find_invitation, accounts.complete_signup)
def invite_and_admit(world: World) -> None:
    invitation, secret = accounts.invite(by=world.users.owner, role="editor")
    assert accounts.find_invitation(secret) == invitation
    with transaction.atomic():
        guest = User.objects.create_user("guest", "guest@example.org")
        accounts.complete_signup(guest, invitation=invitation)


@change(
    *(accounts.revoke_invitation, accounts.set_registration, accounts.change_email),
    *(accounts.request_email_change, accounts.mark_email_verified, accounts.create_token),
    *(accounts.authenticate_token, accounts.revoke_token),
    is_visible=False,
)
def change_private_data_of_an_account(world: World) -> None:
    ada = _author(world)
    accounts.revoke_invitation(accounts.invite(by=world.users.owner)[0])
    accounts.set_registration(mode="open", role="author")
    accounts.change_email(ada, "changed@example.org")
    accounts.request_email_change(ada, "again@example.org")
    accounts.mark_email_verified(ada)
    until = timezone.now() + dt.timedelta(1)
    token, key = accounts.create_token(ada, name="t", scope="read", expires_at=until)
    assert accounts.authenticate_token(key) == token
    accounts.revoke_token(token)


def _image(world: World, name: str) -> Image:
    return Image.objects.get(pk=world.images[name].pk)


@change(media.upload, media.upload_by_form, media.write_file, is_visible=False)
def upload(world: World) -> None:
    media.upload_by_form(gif("445566"), name="new.gif", by=world.users.author)


for image in ("cover", "logo"):
    CHANGES.add(
        f"edit {image}",
        [media.edit],
        lambda world, image=image: media.edit(_image(world, image), alt="Changed"),  # type: ignore[misc]
    )


@change(media.make_variants)
def make_variants(world: World) -> None:
    media.make_variants(_image(world, "cover"))


@change(statistics.add_views, statistics.fold_referrers, is_visible=False)
def count_views(world: World) -> None:
    today = timezone.localdate()
    statistics.add_views({(world.post().pk, today, "news.example"): 2})
    assert statistics.fold_referrers(before=today + dt.timedelta(days=1)) == 1


@change(
    *(media.check_deletable, media.delete, media.delete_files, media.orphaned_files),
    is_visible=False,
)
def delete_an_image_that_nothing_uses(world: World) -> None:
    image = _image(world, "spare")
    media.check_deletable(image)
    media.delete(image)
    media.delete_files(image.digest)
    assert image.digest not in media.orphaned_files([image.digest[:2]], before=timezone.now())
