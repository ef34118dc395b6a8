"""What media do when there is news of them."""

from typing import Any

from django.dispatch import receiver

from broadsheet.media.models import Image
from broadsheet.media.signals import image_uploaded
from broadsheet.media.tasks import make_variants


@receiver(image_uploaded)
def ask_for_variants(image: Image, **_news: Any) -> None:
    """Ask for the variants of a new image."""
    make_variants.enqueue(str(image.pk))
