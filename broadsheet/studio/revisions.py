"""Reading the versions of a post."""

import uuid
from typing import Any, cast

from broadsheet.media.models import Image
from broadsheet.posts.actions import COLUMNS, PostInput
from broadsheet.posts.models import Post, Revision

LENGTH = 100

#: Fields that a restored version sets, if it has them. The URL and the authors stay.
RESTORED = (*(name for name in COLUMNS if name != "slug"), "series", "tags")


def page_of(post: Post, *, before: int | None) -> tuple[list[Revision], int | None]:
    """Return versions without their texts, the latest first, and the number the next are before."""
    revisions = post.revisions.defer("content", "fields").select_related("saved_by")
    if before is not None:
        revisions = revisions.filter(number__lt=before)
    found = list(revisions.order_by("-number")[: LENGTH + 1])
    return found[:LENGTH], found[LENGTH - 1].number if len(found) > LENGTH else None


def contents(revision: Revision) -> PostInput:
    """Return what an edit needs to make `revision` the newest version. A lost cover is left out."""
    kept = revision.fields
    fields: dict[str, Any] = {name: kept[name] for name in RESTORED if name in kept}
    fields |= {name: getattr(revision, name) for name in ("title", "subtitle", "content")}
    if "cover" in kept:
        cover = kept["cover"] and uuid.UUID(kept["cover"])
        fields["cover"] = Image.objects.filter(pk=cover).first() if cover else None
    return cast("PostInput", fields)
