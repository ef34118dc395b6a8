"""Background work on images."""

import uuid

from django.tasks import task

from broadsheet.media import actions
from broadsheet.media.models import Image


@task
def make_variants(image_id: str) -> None:
    """Write an image's variants; an image that is gone by now is passed over."""
    image = Image.objects.filter(pk=uuid.UUID(image_id)).first()
    if image is not None:
        actions.make_variants(image)
