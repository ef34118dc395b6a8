"""Schema of an export: front matter keys, and paths of posts and images."""

import re
import uuid
from collections.abc import Callable, Container
from urllib.parse import urlsplit

from django.conf import settings

from broadsheet.posts.actions import COLUMNS

IMAGES_FOLDER = "images"
DRAFTS_FOLDER = "drafts"
REDIRECTS_FILE = "redirects.csv"
REDIRECT_FIELDS = ("old_path", "new_path", "status")


def _key(field: str) -> str:
    """Return the front matter key of a field: `canonical` for `canonical_url`."""
    return re.sub(r"^(?:is|allows|shows)_|_url$", "", field)


#: Front matter keys with a field of the same value.
FIELDS = {
    "title": "title",
    "subtitle": "subtitle",
    "slug": "slug",
    "status": "status",
    "date": "pub_date",
    "date_is_estimated": "is_date_estimated",
    "created": "created_at",
    "updated": "updated_at",
    **{_key(name): name for name in COLUMNS if name not in {"content", "cover_url"}},
}
#: Keys with a list of names.
LIST_KEYS = frozenset({"authors", "tags"})
#: All keys that the importer reads.
KEYS = frozenset(
    {*FIELDS, *LIST_KEYS} | {"cover", "series", "source", "source_digest", "id", "version"}
)
#: Names of the same keys in Jekyll, Hugo, dev.to and similar programs.
KEY_ALIASES = {
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
#: Path of an image in an export; its name consists of the parts of its URL here.
IMAGE_FILE_PATTERN = re.compile(rf"{IMAGES_FOLDER}/([0-9a-f]{{64}})-({_SIZE})")
_BOUNDARY = r"(?<![\w.~%/:@-])"  # the whole URL or path is matched, never the end of a longer one
#: Path of an image in the text of an export.
IMAGE_PATTERN = re.compile(rf"{_BOUNDARY}(?:\.\./)?{IMAGE_FILE_PATTERN.pattern}")
#: URL of an image of a Broadsheet site in a text: optional host, digest and the rest; or any other
#: URL, whose end may look like one.
_IMAGE_URL = re.compile(
    rf"{_BOUNDARY}(?:(?:(?i:https?):)?//([^\s/?#\"'()<>\\]{{1,260}}))?"
    rf"{re.escape(settings.MEDIA_URL)}[0-9a-f]{{2}}/([0-9a-f]{{64}})/({_SIZE})(?!\w)"
    r"|(?i:https?)://[^\s\"'()<>\[\]\\]++"
)


def own_source_id(post_id: uuid.UUID) -> str:
    """Return the source id of a post that was written on a Broadsheet site."""
    return f"broadsheet:{post_id}"


def replace_own_images(text: str, hosts: Container[str], replace: Callable[[str, str], str]) -> str:
    """Replace the URLs of this site's images in `text` by `replace(digest, size)`.

    A URL with a host is this site's if `hosts` contains it. Other URLs stay unchanged.
    """

    def one(match: re.Match[str]) -> str:
        if match[2] is None or (match[1] and urlsplit(match[0]).hostname not in hosts):
            return match[0]
        return replace(match[2], match[3])

    return _IMAGE_URL.sub(one, text)


def file_name(slug: str, identifier: str, *, is_draft: bool) -> str:
    """Return the path of a post. File systems allow 255 bytes for a name; slugs can be longer."""
    stem = slug
    if len(slug.encode()) > 200:  # noqa: PLR2004 - leaves room for an ending
        stem = f"{slug.encode()[:150].decode(errors='ignore')}-{identifier}"
    return f"{DRAFTS_FOLDER}/{stem}.md" if is_draft else f"{stem}.md"
