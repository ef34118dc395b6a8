"""Posts, what they are filed under, and every version of them."""

from broadsheet.posts.models.filing import Authorship, PostTag, Series, Tag
from broadsheet.posts.models.post import RESERVED_SLUGS, Post, PostQuerySet, slug_field_validator
from broadsheet.posts.models.related import Keyword, Related, Unrelated
from broadsheet.posts.models.revision import Revision

__all__ = [
    "RESERVED_SLUGS",
    "Authorship",
    "Keyword",
    "Post",
    "PostQuerySet",
    "PostTag",
    "Related",
    "Revision",
    "Series",
    "Tag",
    "Unrelated",
    "slug_field_validator",
]
