"""The media library: images that match a search, and the storage that they use."""

from typing import TypedDict

from django.db.models import Q, QuerySet, Sum

from broadsheet.media.models import Image


class ImageFilters(TypedDict, total=False):
    """Filters of the library. Empty values filter nothing."""

    text: str
    needs_description: bool


def search(images: QuerySet[Image], filters: ImageFilters) -> QuerySet[Image]:
    """Return those of `images` that match: each word is in the name or in one of the texts."""
    for word in filters.get("text", "").split()[:10]:
        images = images.filter(
            Q(name__icontains=word)
            | Q(alt__icontains=word)
            | Q(caption__icontains=word)
            | Q(credit__icontains=word)
        )
    if filters.get("needs_description"):
        images = images.filter(alt="", is_decorative=False)
    return images


def storage_used(images: QuerySet[Image]) -> int:
    """Return the size of the originals in bytes; variants are not counted."""
    total: int | None = images.order_by().aggregate(total=Sum("bytes"))["total"]
    return total or 0
