"""The list of what is published as strangers get it: the API's most asked for, in few steps.

Its queries are written once, and each post's JSON is remembered for as long as the post's row, its
authors and its tags are what they were.
"""

import datetime as dt
import json
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from django.utils.encoding import iri_to_uri

from broadsheet.lib.site_timezone import to_local
from broadsheet.posts.queries import PostSummary


@lru_cache(maxsize=128)
def shown(post: PostSummary, base: str) -> str:
    """Return as JSON what `serializers.posts.PostSummary` says to strangers.

    `base` is the address of the site that was asked.
    """
    said: dict[str, Any] = {
        "id": str(post.id),
        "url": base + iri_to_uri(post.get_absolute_url()),
        "status": post.status,
        "title": post.title,
        "subtitle": post.subtitle,
        "slug": post.slug,
        "excerpt": post.excerpt,
        "description": post.description,
        "word_count": post.word_count,
        "minutes": post.minutes,
        "cover": post.cover and str(post.cover.id),
        "cover_url": post.cover_url,
        "cover_alt": post.cover_alt,
        "cover_src": iri_to_uri(urljoin(base, post.cover_src)) if post.cover_src else "",
        "authors": [
            {"username": a.username, "name": a.name, "url": f"{base}/@{a.username}"}
            for a in post.authors
        ],
        "tags": [tag.name for tag in post.tags],
        "series": post.series.name if post.series else "",
        "pub_date": _time(post.date),
        "updated_at": _time(post.updated_at),
        "canonical_url": post.canonical_url,
        "seo_title": post.seo_title,
        "seo_description": post.seo_description,
        "share_image_url": post.share_image_url,
        "language": post.language,
        "allows_comments": post.allows_comments,
        "shows_contents": post.shows_contents,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")  # as the framework does


def _time(at: dt.datetime) -> str:
    text = to_local(at).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
