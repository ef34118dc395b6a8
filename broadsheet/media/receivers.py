"""Reactions to signals about images."""

from typing import Any

from django.dispatch import receiver

from broadsheet.media.models import Image
from broadsheet.media.signals import image_deleted, image_uploaded
from broadsheet.media.tasks import delete_files, make_variants


@receiver(image_uploaded)
def enqueue_variants(image: Image, **_kwargs: Any) -> None:
    """Enqueue the job that makes the variants of a new image."""
    make_variants.enqueue(str(image.pk))


@receiver(image_deleted)
def enqueue_deletion_of_files(image: Image, **_kwargs: Any) -> None:
    """Enqueue the job that deletes the files of a deleted image."""
    delete_files.enqueue(image.digest)
