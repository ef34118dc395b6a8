"""A whole post as JSON: what `serializers.posts.PostFull` describes, in one step."""

import json
from typing import Any
from urllib.parse import urljoin

from django.utils.encoding import iri_to_uri
from rest_framework.serializers import DateTimeField

from broadsheet.posts.models import Post

_time = DateTimeField().to_representation


def written(post: Post, *, base: str, is_editable: bool) -> str:
    """Return `post`, read with all that belongs to it, as it is shown at the site's address `base`.

    What is for those alone who may edit it is left out for all others.
    """
    said = {
        **_public(post, base),
        **(_private(post) if is_editable else {}),
        "content": post.content,
        "html": post.html,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")  # as the framework does


def _public(post: Post, base: str) -> dict[str, Any]:
    return {
        "id": str(post.pk),
        "url": base + iri_to_uri(post.get_absolute_url()),
        "status": post.status,
        "title": post.title,
        "subtitle": post.subtitle,
        "slug": post.slug,
        "excerpt": post.excerpt,
        "description": post.description,
        "word_count": post.word_count,
        "minutes": post.minutes,
        "cover": str(post.cover_id) if post.cover_id else None,
        "cover_url": post.cover_url,
        "cover_alt": post.cover_alt,
        "cover_src": iri_to_uri(urljoin(base, post.cover_src)) if post.cover_src else "",
        "authors": [
            {"username": a.username, "name": a.name, "url": base + iri_to_uri(f"/@{a.username}")}
            for a in post.authors.all()
        ],
        "tags": [tag.name for tag in post.tags.all()],
        "series": post.series.name if post.series else "",
        "pub_date": post.pub_date and _time(post.pub_date),
        "updated_at": _time(post.updated_at),
        "canonical_url": post.canonical_url,
        "seo_title": post.seo_title,
        "seo_description": post.seo_description,
        "share_image_url": post.share_image_url,
        "language": post.language,
        "allows_comments": post.allows_comments,
        "shows_contents": post.shows_contents,
    }


def _private(post: Post) -> dict[str, Any]:
    return {
        "version": post.version,
        "created_at": _time(post.created_at),
        "source_id": post.source_id,
        "is_date_estimated": post.is_date_estimated,
    }
