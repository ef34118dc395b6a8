"""Background jobs on images."""

import uuid

from django.tasks import task

from broadsheet.media import actions
from broadsheet.media.models import Image


@task
def make_variants(image_id: str) -> None:
    """Write the variants of an image, if it still exists."""
    image = Image.objects.filter(pk=uuid.UUID(image_id)).first()
    if image is not None:
        actions.make_variants(image)


@task
def delete_files(digest: str) -> None:
    """Delete the files of a deleted image."""
    actions.delete_files(digest)
