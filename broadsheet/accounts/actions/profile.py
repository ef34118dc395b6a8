"""Public profile of a user: name, bio, links, picture."""

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
from broadsheet.accounts.policy import consume_image_quota
from broadsheet.lib import images
from broadsheet.lib.process_pool import images as image_pool
from broadsheet.lib.row_locks import lock

AVATAR_SIZE = 256  # pixels
_MAX_AVATAR_PIXELS = 12_500_000  # a photo of 4,032 by 3,024 pixels, as from most phones
MAX_LINKS = 6
_MAX_LABEL_LENGTH = 60
_validate_url = URLValidator(schemes=["http", "https"])


class ProfileFields(TypedDict, total=False):
    """Fields of a profile that a user can change. `avatar` is what `store_avatar` returned."""

    display_name: str
    bio: str
    links: list[dict[str, str]]
    avatar: str
    uses_plain_editor: bool


@transaction.atomic
def edit_profile(user: User, **changes: Unpack[ProfileFields]) -> User:
    """Change the profile of `user`. Raises ValidationError."""
    user = lock(user)
    old_avatar = user.avatar.name
    for field, value in changes.items():
        setattr(user, field, value)
    if "links" in changes:
        user.links = _clean_links(user.links)
    user.full_clean(validate_unique=False, validate_constraints=False)
    try:
        user.bio_html = markup.render(user.bio).html
    except markup.TooComplexError as error:
        raise ValidationError({"bio": str(error)}) from error
    user.save(update_fields=[*changes, "bio_html"])
    if old_avatar and old_avatar != user.avatar.name:
        transaction.on_commit(lambda: _delete_if_unused(old_avatar))
    return user


def set_avatar(user: User, file: BinaryIO, *, name: str) -> User:
    """Use the middle square of the image in `file` as the picture. Raises ValidationError."""
    return edit_profile(user, avatar=store_avatar(user, file, name=name))


def store_avatar(user: User, file: BinaryIO, *, name: str) -> str:
    """Store the middle square of the image in `file`; return its path. Raises ValidationError."""
    if not consume_image_quota(user):
        raise ValidationError({"avatar": _("Too many uploads. Wait a minute, then try again.")})
    try:
        original = images.read(file, max_bytes=settings.UPLOAD_MAX_BYTES)
        cleaned = image_pool.clean(original, name=name, max_pixels=_max_avatar_pixels())
        data = image_pool.square(cleaned.data, AVATAR_SIZE)
    except images.UnacceptableImageError as error:
        raise ValidationError({"avatar": _(error.message) % error.params}) from error
    path = f"avatars/{hashlib.sha256(data).hexdigest()}.webp"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(data))
    return path


def _max_avatar_pixels() -> int:
    return min(_MAX_AVATAR_PIXELS, settings.UPLOAD_MAX_PIXELS)


def remove_avatar(user: User) -> User:
    """Remove the picture."""
    return edit_profile(user, avatar="")


def _delete_if_unused(path: str) -> None:
    """Delete a picture, unless another user has the same file."""
    if not User.objects.filter(avatar=path).exists():
        default_storage.delete(path)


def _clean_links(links: object) -> list[dict[str, str]]:
    if not isinstance(links, list) or len(links) > MAX_LINKS:
        raise ValidationError({"links": _("Enter at most %(n)d links.") % {"n": MAX_LINKS}})
    return [_clean_link(link) for link in links]


def _clean_link(link: object) -> dict[str, str]:
    fields = link if isinstance(link, dict) else {}
    label, url = str(fields.get("label", "")).strip(), str(fields.get("url", "")).strip()
    if not label or len(label) > _MAX_LABEL_LENGTH:
        raise ValidationError({"links": _("Each link needs a label of at most 60 characters.")})
    try:
        _validate_url(url)
    except ValidationError as error:
        raise ValidationError(
            {"links": _("Each link must start with https:// or http://.")}
        ) from error
    return {"label": label, "url": url}
