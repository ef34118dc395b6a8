"""What the settings panel asks while someone types: is a slug free, which tags and series exist."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from broadsheet.lib import slugs
from broadsheet.posts.models import RESERVED_SLUGS, Post, PostTag, Series, Tag, slug_field_validator
from broadsheet.posts.policy import listed_posts
from broadsheet.studio.views.base import StudioView

#: Maximum of suggested names.
MAX_NAMES = 8


class CheckSlug(StudioView):
    """Says whether a post can have a slug, as JSON: `is_free` and a message."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> JsonResponse:
        """Check the slug for the post with the id `post`, or for a new one."""
        message = self.problem(request.GET.get("slug", "").strip(), request.GET.get("post", ""))
        return JsonResponse({"is_free": not message, "message": message or _("Free.")})

    def problem(self, slug: str, pk: str) -> str:
        """Return why the slug cannot be used, or an empty text."""
        try:
            slug_field_validator(slug)
        except ValidationError as error:
            return " ".join(error.messages)
        if len(slug) > slugs.LENGTH:
            return _("This is too long.")
        if slug.casefold() in RESERVED_SLUGS:
            return _("The site uses this address itself.")
        post = Post.objects.filter(slug=slug).first()
        if post is None or post.pk == _uuid_or_none(pk):
            return ""
        if listed_posts(self.user).filter(pk=post.pk).exists():
            return _("Taken by “%s”.") % post
        return _("Taken by another post.")


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class SuggestTags(StudioView):
    """Names of public tags that begin with a text, as JSON."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> JsonResponse:
        """Return the first names in alphabetical order."""
        is_listed = Exists(PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False))
        tags = Tag.objects.filter(is_listed, slug__startswith=_beginning(request))
        return JsonResponse({"names": _names(tags.order_by("slug"))})


class SuggestSeries(StudioView):
    """Names of public series that begin with a text, as JSON."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> JsonResponse:
        """Return the first names in alphabetical order."""
        is_listed = Exists(Post.objects.published().filter(series=OuterRef("pk")))
        series = Series.objects.filter(is_listed, slug__startswith=_beginning(request))
        return JsonResponse({"names": _names(series.order_by("slug"))})


def _beginning(request: HttpRequest) -> str:
    return slugs.slugify(request.GET.get("q", ""), fallback="")


def _names(named: QuerySet[Any]) -> list[str]:
    return list(named.values_list("name", flat=True)[:MAX_NAMES])
