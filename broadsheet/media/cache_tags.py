"""Cache tags of an image."""

from uuid import UUID

from broadsheet.media.models import Image
from broadsheet.pagecache.triggers import TagRule, watch


def image(pk: UUID) -> str:
    """Return the cache tag of an image and its metadata."""
    return f"image:{pk.hex}"


watch(Image, TagRule("image:{id}"))
