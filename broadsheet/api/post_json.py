"""Posts as JSON objects: the same for lists and single posts, anonymous and authenticated requests.

REST framework's serializers would take ten times as long; here they are for input and the schema.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urljoin

from django.utils.encoding import iri_to_uri

from broadsheet.lib.site_timezone import to_local
from broadsheet.posts.queries import PostSummary


def post_json(post: PostSummary, fields: Iterable[str], *, base_url: str) -> dict[str, Any]:
    """Return the `fields` of a post, with absolute URLs that begin with `base_url`."""
    return {
        name: convert(post, base_url)
        if (convert := _CONVERSIONS.get(name))
        else getattr(post, name)
        for name in fields
    }


#: Fields that are not an attribute of the same name and JSON type.
_CONVERSIONS: dict[str, Callable[[PostSummary, str], Any]] = {
    "url": lambda post, base: base + iri_to_uri(post.get_absolute_url()),
    "cover": lambda post, _base: post.cover and post.cover.id,
    "cover_src": lambda post, base: post.cover_src and iri_to_uri(urljoin(base, post.cover_src)),
    "authors": lambda post, base: [
        {"username": author.username, "name": author.name, "url": f"{base}/@{author.username}"}
        for author in post.authors
    ],
    "tags": lambda post, _base: [tag.name for tag in post.tags],
    "series": lambda post, _base: post.series.name if post.series else "",
    "pub_date": lambda post, _base: post.pub_date and to_local(post.pub_date),
    "updated_at": lambda post, _base: to_local(post.updated_at),
    "created_at": lambda post, _base: to_local(post.created_at),
}
