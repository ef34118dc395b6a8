"""Posts, revisions, working copies, preview links, tags, series and related posts."""

from broadsheet.posts.models.bulk_change import BulkChange, BulkChangeItem
from broadsheet.posts.models.image_use import ImageUse, never_used, unused
from broadsheet.posts.models.post import (
    EARLIEST,
    LATEST,
    RESERVED_SLUGS,
    SERIES_END,
    SERIES_ORDER,
    Post,
    PostFacts,
    PostQuerySet,
    check_pub_date,
    in_order,
    slug_field_validator,
)
from broadsheet.posts.models.preview_link import PreviewLink
from broadsheet.posts.models.related import Keyword, Related, RelatedPostsJob
from broadsheet.posts.models.revision import REVISION_FILTERS, Revision
from broadsheet.posts.models.taxonomy import Authorship, PostTag, Series, Tag
from broadsheet.posts.models.working_copy import WorkingCopy

__all__ = [
    "EARLIEST",
    "LATEST",
    "RESERVED_SLUGS",
    "REVISION_FILTERS",
    "SERIES_END",
    "SERIES_ORDER",
    "Authorship",
    "BulkChange",
    "BulkChangeItem",
    "ImageUse",
    "Keyword",
    "Post",
    "PostFacts",
    "PostQuerySet",
    "PostTag",
    "PreviewLink",
    "Related",
    "RelatedPostsJob",
    "Revision",
    "Series",
    "Tag",
    "WorkingCopy",
    "check_pub_date",
    "in_order",
    "never_used",
    "slug_field_validator",
    "unused",
]
