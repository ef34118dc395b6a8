"""Covers in the sizes and formats that browsers choose from."""

from typing import Any

from django import template

from broadsheet.lib.pictures import FORMATS, Picture
from broadsheet.posts.models import Post

register = template.Library()


@register.inclusion_tag("public/_cover.html")
def cover(post: Post, *, sizes: str, is_first: bool = False) -> dict[str, Any]:
    """Show the post's cover as a link to it; nothing where it has none."""
    return {"href": post.get_absolute_url(), **_picture(post, sizes, is_first=is_first)}


@register.inclusion_tag("public/_picture.html")
def cover_picture(post: Post, *, sizes: str) -> dict[str, Any]:
    """Show the post's cover as the first thing that the page should load."""
    return {"alt": post.cover_alt, **_picture(post, sizes, is_first=True)}


def _picture(post: Post, sizes: str, *, is_first: bool) -> dict[str, Any]:
    """Return what `public/_picture.html` needs; `sizes` as in HTML."""
    image = post.cover
    picture = Picture.parse(image.url) if image else None
    return {
        "src": post.cover_src,
        "classes": picture.classes if picture else "",
        "sources": [{"kind": kind, "srcset": picture.srcset(kind)} for kind in FORMATS]
        if picture and image and image.has_variants
        else [],
        "sizes": sizes,
        "width": image.width if image else None,
        "height": image.height if image else None,
        "is_first": is_first,
    }
