"""What changes images."""

import hashlib
import logging
from typing import BinaryIO

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
from broadsheet.lib.process_pool import images as bounded
from broadsheet.media.models import Image
from broadsheet.media.signals import image_uploaded

logger = logging.getLogger(__name__)


def upload(file: BinaryIO, *, name: str, by: User, alt: str = "") -> Image:
    """Keep an image; one that is here already is returned as it is. Raises ValidationError.

    The file is written first: a crash leaves at most a file that nothing names, never a row
    without its file.
    """
    try:
        data = images.read(file, max_bytes=settings.UPLOAD_MAX_BYTES)
        cleaned = bounded.clean(data, name=name, max_pixels=settings.UPLOAD_MAX_PIXELS)
    except images.UnacceptableImageError as error:
        raise ValidationError({"file": gettext(error.message) % error.params}) from error
    digest = hashlib.sha256(cleaned.data).hexdigest()
    known = Image.objects.filter(digest=digest).values_list("file", flat=True).first()
    stored = known or original_name(
        digest, cleaned.width, cleaned.height, cleaned.extension, cleaned.tone
    )
    store(stored, cleaned.data)
    with transaction.atomic():
        image, is_new = Image.objects.get_or_create(
            digest=digest,
            defaults={
                "owner": by,
                "file": stored,
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
    """Do the same, at most so many times a minute for each person. Raises ValidationError."""
    if not consume_image_quota(by):
        raise ValidationError({"file": gettext("Too many uploads. Wait a minute, then try again.")})
    return upload(file, name=name, by=by, alt=alt)


def describe(image: Image, *, alt: str) -> Image:
    """Change what the image shows, in words. Raises ValidationError."""
    image.alt = alt
    image.clean_fields()
    image.save(update_fields=["alt"])
    return image


def make_variants(image: Image) -> None:
    """Write the smaller and lighter copies that pages ask for; those that stand are kept.

    Where one cannot be made the original is served in its place.
    """
    picture = ImageVariants.parse(f"/{image.file.name}")
    if picture is not None and picture.has_variants:
        with image.file.open() as file:
            original = file.read()
        for width in variant_widths(image.width):
            for kind in FORMATS:
                name = picture.variant(width, kind).removeprefix("/")
                if default_storage.exists(name):
                    continue
                try:
                    store(name, bounded.scaled(original, width, kind))
                except images.UnacceptableImageError as error:
                    logger.warning("No variant %s: %s", name, error)
    Image.objects.filter(pk=image.pk).update(has_variants=True)


def store(name: str, data: bytes) -> None:
    """Write `data` under the exact `name`, which is made from its content.

    What stands there already is the same, unless a crash cut it short: then it is written anew.
    """
    if default_storage.exists(name):
        if default_storage.size(name) == len(data):
            return
        default_storage.delete(name)
    written = default_storage.save(name, ContentFile(data))
    if written != name:  # somebody wrote the same at the same time
        default_storage.delete(written)
