"""Posts, what they are filed under, and every version of them."""

from broadsheet.posts.models.author import Author
from broadsheet.posts.models.cuts import Cut, cuts, mapped, next_cut, place
from broadsheet.posts.models.filing import Authorship, PostTag, Series, Tag
from broadsheet.posts.models.lines import (
    Cover,
    Line,
    Lines,
    Subject,
    Title,
    Titles,
    Writer,
    address_of,
    authors_of,
    tags_of,
    texts_of,
)
from broadsheet.posts.models.post import (
    EARLIEST,
    LATEST,
    RESERVED_SLUGS,
    Post,
    PostQuerySet,
    check_pub_date,
    reading_minutes,
    slug_field_validator,
)
from broadsheet.posts.models.related import Keyword, Related, Unrelated
from broadsheet.posts.models.revision import Revision
from broadsheet.posts.models.story import Story
from broadsheet.posts.models.whole import know, locked, whole

__all__ = [
    "EARLIEST",
    "LATEST",
    "RESERVED_SLUGS",
    "Author",
    "Authorship",
    "Cover",
    "Cut",
    "Keyword",
    "Line",
    "Lines",
    "Post",
    "PostQuerySet",
    "PostTag",
    "Related",
    "Revision",
    "Series",
    "Story",
    "Subject",
    "Tag",
    "Title",
    "Titles",
    "Unrelated",
    "Writer",
    "address_of",
    "authors_of",
    "check_pub_date",
    "cuts",
    "know",
    "locked",
    "mapped",
    "next_cut",
    "place",
    "reading_minutes",
    "slug_field_validator",
    "tags_of",
    "texts_of",
    "whole",
]
