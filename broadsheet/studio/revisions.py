"""Revisions of a post: pages of the list, and the fields that a revision restores."""

import uuid
from typing import Any, cast

from broadsheet.lib.keyset import split_page
from broadsheet.media.models import Image
from broadsheet.posts.actions import COLUMNS, PostInput
from broadsheet.posts.models import Post, Revision

PAGE_SIZE = 100

#: Fields that are restored with a revision, if it has them. URL and authors stay.
RESTORED_FIELDS = (*(name for name in COLUMNS if name != "slug"), "series", "tags")


def get_page(post: Post, *, before: int | None) -> tuple[list[Revision], int | None]:
    """Return revisions without texts, newest first, and the `before` of the next page."""
    revisions = post.revisions.defer("content", "fields").select_related("saved_by")
    if before is not None:
        revisions = revisions.filter(number__lt=before)
    page, last = split_page(list(revisions.order_by("-number")[: PAGE_SIZE + 1]), PAGE_SIZE)
    return page, last.number if last else None


def fields_to_restore(revision: Revision) -> PostInput:
    """Return the fields of an edit that restores `revision`, without a deleted cover."""
    saved = revision.fields
    fields: dict[str, Any] = {name: saved[name] for name in RESTORED_FIELDS if name in saved}
    fields |= {name: getattr(revision, name) for name in ("title", "subtitle", "content")}
    if "cover" in saved:
        cover = saved["cover"] and uuid.UUID(saved["cover"])
        fields["cover"] = Image.objects.filter(pk=cover).first() if cover else None
    return cast("PostInput", fields)
