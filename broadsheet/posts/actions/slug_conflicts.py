"""Taken slugs, and the detection and error of slug conflicts."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from broadsheet.lib import slugs
from broadsheet.posts.models import RESERVED_SLUGS, Post


def taken_slugs(candidates: Iterable[str]) -> set[str]:
    """Return the slugs that are taken or reserved: of `candidates`, and these with a number."""
    candidates = set(candidates)
    taken = set(Post.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    numbered = Q()
    for slug in taken | (candidates & RESERVED_SLUGS):
        numbered |= Q(slug__startswith=f"{slug[: slugs.LENGTH - 8]}-")
    if numbered:
        taken |= set(Post.objects.filter(numbered).values_list("slug", flat=True))
    return taken | RESERVED_SLUGS


def is_slug_conflict(error: IntegrityError) -> bool:
    """Return whether the unique constraint of the slug was violated, and no other one.

    PostgreSQL names the constraint, SQLite the column: `posts_post_slug_key`, `posts_post.slug`.
    """
    diagnostics = getattr(error.__cause__, "diag", None)
    constraint = diagnostics.constraint_name if diagnostics else str(error)
    return re.search(r"\bposts_post[._]slug(_|$)", constraint or "") is not None


def slug_taken(slug: str) -> ValidationError:
    """Return the error that another post has this slug."""
    return ValidationError({"slug": _("Another post has the URL “%s”. Choose another.") % slug})
