"""How an export is laid out: the keys of a head, and where posts and images stand."""

import re
import uuid
from collections.abc import Callable, Container
from urllib.parse import urlsplit

from django.conf import settings

IMAGES = "images"
DRAFTS = "drafts"
REDIRECTS = "redirects.csv"
REDIRECT_FIELDS = ("old_path", "new_path", "status")

#: Keys of the head, and the fields they hold as they are.
FIELDS = {
    "title": "title",
    "subtitle": "subtitle",
    "slug": "slug",
    "status": "status",
    "date": "pub_date",
    "date_is_estimated": "is_date_estimated",
    "created": "created_at",
    "updated": "updated_at",
    "excerpt": "excerpt",
    "cover_alt": "cover_alt",
    "canonical": "canonical_url",
    "seo_title": "seo_title",
    "seo_description": "seo_description",
    "share_image": "share_image_url",
    "language": "language",
    "comments": "allows_comments",
    "contents": "shows_contents",
}
#: Keys that hold a list of names.
LISTS = frozenset({"authors", "tags"})
#: All keys that are read.
KEYS = frozenset(
    {*FIELDS, *LISTS} | {"cover", "series", "source", "source_digest", "id", "version"}
)
#: What Jekyll, Hugo, dev.to and their like call the same.
OTHERS_KEYS = {
    "author": "authors",
    "canonicalURL": "canonical",
    "canonical_url": "canonical",
    "categories": "tags",
    "category": "tags",
    "cover_image": "cover",
    "datePublished": "date",
    "description": "excerpt",
    "feature_image": "cover",
    "featured_image": "cover",
    "image": "cover",
    "lang": "language",
    "last_modified_at": "updated",
    "lastmod": "updated",
    "locale": "language",
    "modified": "updated",
    "pubDate": "date",
    "publishDate": "date",
    "published_at": "date",
    "summary": "excerpt",
    "toc": "contents",
}
_SIZE = r"\d{1,6}x\d{1,6}(?:-[0-9a-f]{3})?\.(?:jpg|png|gif|webp|avif)"
#: Where an image is in an export; the parts of its name are those of its URL here.
IMAGE_FILE = re.compile(rf"{IMAGES}/([0-9a-f]{{64}})-({_SIZE})")
_BOUNDARY = r"(?<![\w.~%/:@-])"  # the whole URL or path is matched, never the end of a longer one
#: An image in a text of an export.
IMAGE = re.compile(rf"{_BOUNDARY}(?:\.\./)?{IMAGE_FILE.pattern}")
#: An image of a site like this in a text: its host if there is one, its digest and the rest; or
#: any other URL, whose end may look like one.
_URL = re.compile(
    rf"{_BOUNDARY}(?:(?:(?i:https?):)?//([^\s/?#\"'()<>\\]{{1,260}}))?"
    rf"{re.escape(settings.MEDIA_URL)}[0-9a-f]{{2}}/([0-9a-f]{{64}})/({_SIZE})(?!\w)"
    r"|(?i:https?)://[^\s\"'()<>\[\]\\]++"
)


def own_source(post_id: uuid.UUID) -> str:
    """Return the source of a post that began on a site like this."""
    return f"broadsheet:{post_id}"


def replace_own_images(text: str, hosts: Container[str], replace: Callable[[str, str], str]) -> str:
    """Return `text` with `replace(digest, size)` for the URLs of images of this site.

    Those with a host are its own where `hosts` has it; all others stay as they are.
    """

    def one(match: re.Match[str]) -> str:
        if match[2] is None or (match[1] and urlsplit(match[0]).hostname not in hosts):
            return match[0]
        return replace(match[2], match[3])

    return _URL.sub(one, text)


def file_name(slug: str, identifier: str, *, is_draft: bool) -> str:
    """Return where a post stands. File systems take 255 bytes for a name, slugs may have more."""
    stem = slug
    if len(slug.encode()) > 200:  # noqa: PLR2004 - leaves room for an ending
        stem = f"{slug.encode()[:150].decode(errors='ignore')}-{identifier}"
    return f"{DRAFTS}/{stem}.md" if is_draft else f"{stem}.md"
