"""What a change of an image stamps."""

from uuid import UUID

from broadsheet.media.models import Image
from broadsheet.pagecache.triggers import Stamp, watch


def image(pk: UUID) -> str:
    """Return the stamp of an image and what is said of it."""
    return f"image:{pk.hex}"


watch(Image, Stamp("image:{id}"))
