"""Cleaning the media storage: files without an image, and images that were never used."""

import datetime as dt
import logging

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from broadsheet.media import actions
from broadsheet.media.models import Image
from broadsheet.posts.models import never_used

logger = logging.getLogger(__name__)

#: How long files without an image, and images that were never used, are left alone.
GRACE = dt.timedelta(days=30)
PREFIXES = [f"{number:02x}" for number in range(256)]
_HOURS = 24
#: This number of orphans is deleted even if the storage has fewer images.
FEW = 10


def clean_share_of_hour(now: dt.datetime) -> int:
    """Delete orphaned files in the 24th part of the storage that is this hour's; return how many.

    Many orphans are a sign of a wrong database or bucket: then nothing is deleted.
    """
    first, end = (hour * len(PREFIXES) // _HOURS for hour in (now.hour, now.hour + 1))
    prefixes = PREFIXES[first:end]
    orphans = list(actions.orphaned_files(prefixes, before=now - GRACE))
    images = Image.objects.filter(digest__gte=prefixes[0], digest__lte=prefixes[-1] + "g")
    if len(orphans) > max(FEW, images.count()):
        logger.warning(
            "%d images in the media storage are not in the database: is it the right storage? "
            "To delete them, run `broadsheet clean-media`.",
            len(orphans),
        )
        return 0
    for digest in orphans:
        actions.delete_files(digest)
    return len(orphans)


def deletable(*, grace: dt.timedelta) -> QuerySet[Image]:
    """Return the images that no version of any post has used, uploaded before the grace period."""
    return never_used(Image.objects.filter(created_at__lt=timezone.now() - grace))


def delete_never_used(*, grace: dt.timedelta) -> int:
    """Delete the images of `deletable`; return how many. Logos and the like stay."""
    deleted = 0
    for image in deletable(grace=grace).iterator(chunk_size=200):
        try:
            actions.delete(image)
        except (ValidationError, Image.DoesNotExist):
            continue
        deleted += 1
    return deleted
