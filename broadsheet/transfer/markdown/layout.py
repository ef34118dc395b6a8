"""How an export is laid out: the keys of a head, and where posts and images stand."""

import re

from django.conf import settings

IMAGES = "images"
DRAFTS = "drafts"

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
_SIZE = r"\d{1,6}x\d{1,6}(?:-[0-9a-f]{3})?\.(?:jpg|png|gif|webp|avif)"
#: The name of an image in an export; its parts are those of its address here.
IMAGE = re.compile(rf"(?:\.\./)?{IMAGES}/([0-9a-f]{{64}})-({_SIZE})")


def address_pattern() -> re.Pattern[str]:
    """Return what an image's address in a text looks like, with or without the site's own."""
    site, media = re.escape(settings.SITE_URL), re.escape(settings.MEDIA_URL)
    name = rf"[0-9a-f]{{2}}/([0-9a-f]{{64}})/({_SIZE})"
    return re.compile(rf"(?:{site})?{media}{name}")


def file_name(slug: str, identifier: str, *, is_draft: bool) -> str:
    """Return where a post stands. File systems take 255 bytes for a name, slugs may have more."""
    stem = slug
    if len(slug.encode()) > 200:  # noqa: PLR2004 - leaves room for an ending
        stem = f"{slug.encode()[:150].decode(errors='ignore')}-{identifier}"
    return f"{DRAFTS}/{stem}.md" if is_draft else f"{stem}.md"
