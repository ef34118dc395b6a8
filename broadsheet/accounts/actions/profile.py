"""What people say of themselves."""

import hashlib
from typing import BinaryIO, TypedDict, Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.accounts.models import User
from broadsheet.accounts.policy import may_send_image
from broadsheet.lib import images
from broadsheet.lib.process_pool import images as bounded

AVATAR_SIDE = 256
_AVATAR_PIXELS = 12_500_000  # a photograph of 4,032 by 3,024 pixels, as most telephones take it
LINKS = 6
_LABEL_LENGTH = 60
_check_address = URLValidator(schemes=["http", "https"])


class Profile(TypedDict, total=False):
    """What people say of themselves."""

    display_name: str
    bio: str
    links: list[dict[str, str]]


@transaction.atomic
def edit_profile(user: User, **changes: Unpack[Profile]) -> User:
    """Change what `user` says of themselves. Raises ValidationError."""
    for field, value in changes.items():
        setattr(user, field, value)
    if "links" in changes:
        user.links = _clean_links(user.links)
    user.full_clean(validate_unique=False, validate_constraints=False)
    try:
        user.bio_html = markup.render(user.bio).html
    except markup.TooComplex as error:
        raise ValidationError({"bio": str(error)}) from error
    user.save(update_fields=[*changes, "bio_html"])
    return user


def set_avatar(user: User, file: BinaryIO, *, name: str) -> User:
    """Show the middle of the image in `file` beside the name. Raises ValidationError."""
    if not may_send_image(user):
        raise ValidationError({"avatar": _("Too many uploads. Wait a minute, then try again.")})
    try:
        original = images.read(file, max_bytes=settings.UPLOAD_MAX_BYTES)
        cleaned = bounded.clean(original, name=name, max_pixels=_avatar_pixels())
        data = bounded.square(cleaned.data, AVATAR_SIDE)
    except images.UnacceptableImageError as error:
        raise ValidationError({"avatar": _(error.message) % error.params}) from error
    stored = f"avatars/{hashlib.sha256(data).hexdigest()}.webp"
    if not default_storage.exists(stored):
        default_storage.save(stored, ContentFile(data))
    return _point_avatar(user, stored)


def _avatar_pixels() -> int:
    return min(_AVATAR_PIXELS, settings.UPLOAD_MAX_PIXELS)


def remove_avatar(user: User) -> User:
    """Show no picture beside the name."""
    return _point_avatar(user, "")


@transaction.atomic
def _point_avatar(user: User, stored: str) -> User:
    before = user.avatar.name
    user.avatar = stored
    user.save(update_fields=["avatar"])
    if before and before != stored:
        transaction.on_commit(lambda: _drop_unused(before))
    return user


def _drop_unused(stored: str) -> None:
    """Delete a picture that nobody shows any more: the same file may be two people's."""
    if not User.objects.filter(avatar=stored).exists():
        default_storage.delete(stored)


def _clean_links(links: object) -> list[dict[str, str]]:
    if not isinstance(links, list) or len(links) > LINKS:
        raise ValidationError({"links": _("Enter at most %(n)d links.") % {"n": LINKS}})
    return [_clean_link(link) for link in links]


def _clean_link(link: object) -> dict[str, str]:
    said = link if isinstance(link, dict) else {}
    label, url = str(said.get("label", "")).strip(), str(said.get("url", "")).strip()
    if not label or len(label) > _LABEL_LENGTH:
        raise ValidationError({"links": _("Each link needs a label of at most 60 characters.")})
    try:
        _check_address(url)
    except ValidationError as error:
        said_of = {"links": _("Each link must start with https:// or http://.")}
        raise ValidationError(said_of) from error
    return {"label": label, "url": url}
