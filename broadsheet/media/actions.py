"""Actions on images."""

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TypedDict, Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext

from broadsheet.accounts.models import User
from broadsheet.accounts.policy import consume_image_quota
from broadsheet.lib import images
from broadsheet.lib.image_variants import FORMATS, ImageVariants, original_name, variant_widths
from broadsheet.lib.process_pool import images as image_pool
from broadsheet.lib.row_locks import lock
from broadsheet.media.models import Image
from broadsheet.media.signals import image_deleted, image_deleting, image_uploaded

logger = logging.getLogger(__name__)

_DIGEST = re.compile(r"[0-9a-f]{64}")


def upload(file: BinaryIO, *, name: str, by: User, alt: str = "") -> Image:
    """Store an image, or return the one with the same content. Raises ValidationError.

    The file is written first: a crash leaves at most an unused file, never a row without a file.
    """
    try:
        data = images.read(file, max_bytes=settings.UPLOAD_MAX_BYTES)
        cleaned = image_pool.clean(data, name=name, max_pixels=settings.UPLOAD_MAX_PIXELS)
    except images.UnacceptableImageError as error:
        raise ValidationError({"file": gettext(error.message) % error.params}) from error
    digest = hashlib.sha256(cleaned.data).hexdigest()
    existing = Image.objects.filter(digest=digest).values_list("file", flat=True).first()
    path = existing or original_name(
        digest, cleaned.width, cleaned.height, cleaned.extension, cleaned.tone
    )
    write_file(path, cleaned.data)
    with transaction.atomic():
        image, is_new = Image.objects.select_for_update().get_or_create(
            digest=digest,
            defaults={
                "owner": by,
                "file": path,
                "name": name[-200:],
                "alt": alt[:500],
                "mime": cleaned.mime,
                "width": cleaned.width,
                "height": cleaned.height,
                "bytes": len(cleaned.data),
            },
        )
        if is_new:
            image_uploaded.send(Image, image=image)
        elif image.owner_id != by.pk:
            image.uploaders.add(by)
    return image


def upload_by_form(file: BinaryIO, *, name: str, by: User, alt: str = "") -> Image:
    """Like `upload`, with a limit per user and minute. Raises ValidationError."""
    if not consume_image_quota(by):
        raise ValidationError({"file": gettext("Too many uploads. Wait a minute, then try again.")})
    return upload(file, name=name, by=by, alt=alt)


class ImageDetails(TypedDict, total=False):
    """Input of `edit`: what the studio, the API and the admin can change."""

    alt: str
    is_decorative: bool
    caption: str
    credit: str
    focal_x: int
    focal_y: int


@transaction.atomic
def edit(image: Image, **changes: Unpack[ImageDetails]) -> Image:
    """Change the texts or the focal point of an image. Raises ValidationError."""
    image = lock(image)
    for name, value in changes.items():
        if isinstance(value, str) and "\0" in value:  # PostgreSQL cannot store it
            raise ValidationError({name: gettext("Null characters are not allowed.")})
        setattr(image, name, value)
    image.clean_fields()
    image.save(update_fields=list(changes))
    return image


@transaction.atomic
def check_deletable(image: Image) -> None:
    """Raise ValidationError if the image is in use."""
    if User.objects.filter(bio__contains=image.digest).exists():
        raise ValidationError(gettext("A profile uses this image. Remove it there first."))
    image_deleting.send(Image, image=image)


@transaction.atomic
def delete(image: Image) -> None:
    """Delete an image; a job deletes its files. Raises ValidationError if it is in use."""
    image = lock(image)
    check_deletable(image)
    Image.objects.filter(pk=image.pk).delete()
    image_deleted.send(Image, image=image)


def delete_files(digest: str) -> None:
    """Delete the files of the image with this digest, if no image has it (any more)."""
    if Image.objects.filter(digest=digest).exists():
        return
    folder = f"{digest[:2]}/{digest}"
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")


def orphaned_files(prefixes: Iterable[str], *, before: dt.datetime) -> Iterator[str]:
    """Yield the digests of stored files that no image has, last written before a time.

    Crashes and failures of the storage leave them. `prefixes` are the first two hex digits.
    """
    for prefix in prefixes:
        try:
            digests = set(default_storage.listdir(prefix)[0])
        except FileNotFoundError:
            continue
        stored = Image.objects.filter(digest__startswith=prefix).values_list("digest", flat=True)
        for digest in sorted(digests.difference(stored)):
            _folders, names = default_storage.listdir(f"{prefix}/{digest}")
            times = [default_storage.get_modified_time(f"{prefix}/{digest}/{n}") for n in names]
            if times and max(times) < before and _DIGEST.fullmatch(digest):
                yield digest


def make_variants(image: Image) -> None:
    """Write the smaller variants that pages request; existing files stay.

    For a variant that cannot be made, the original is served.
    """
    variants = ImageVariants.parse(f"/{image.file.name}")
    if variants is not None and variants.has_variants:
        with image.file.open() as file:
            original = file.read()
        for width in variant_widths(image.width):
            for kind in FORMATS:
                path = variants.variant(width, kind).removeprefix("/")
                if default_storage.exists(path):
                    continue
                try:
                    write_file(path, image_pool.scaled(original, width, kind))
                except images.UnacceptableImageError as error:
                    logger.warning("No variant %s: %s", path, error)
    Image.objects.filter(pk=image.pk).update(has_variants=True)


def write_file(path: str, data: bytes) -> None:
    """Write `data` to exactly `path`, which is derived from its content.

    An existing file is the same, unless a crash cut it short: then it is written again.
    """
    if default_storage.exists(path):
        if default_storage.size(path) == len(data):
            return
        default_storage.delete(path)
    saved_path = default_storage.save(path, ContentFile(data))
    if saved_path != path:  # another process wrote the same file at the same time
        default_storage.delete(saved_path)
