"""Tags and series: `/api/v1/tags`, `/api/v1/series`."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.api.serializers.taxonomy import (
    SeriesSerializer,
    SeriesSortSerializer,
    SeriesUpdateSerializer,
    TagMergeSerializer,
    TagSerializer,
    TagUpdateSerializer,
)
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts import actions
from broadsheet.posts.models import Post, PostTag, Series, Tag
from broadsheet.posts.policy import can_manage_series, can_manage_tags

OF_LISTED_POSTS = Exists(PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False))
OF_PUBLISHED_PARTS = Exists(Post.objects.published().filter(series=OuterRef("pk")))


class TagViewSet(ListModelMixin, RetrieveModelMixin, BaseViewSet):
    """Tags of published posts; for editors and owners, all tags."""

    queryset = Tag.objects.none()
    serializer_class = TagSerializer
    cache_tags = (NAMES,)
    ordering = ("slug",)
    lookup_field = "slug"
    lookup_value_converter = "str"

    def get_queryset(self) -> QuerySet[Tag]:
        """Return the tags that the current user can see."""
        if can_manage_tags(self.request.user):
            return Tag.objects.all()
        return Tag.objects.filter(OF_LISTED_POSTS)

    def get_manageable(self, slug: str) -> Tag:
        """Return a tag that the user can change. Raises Http404 and PermissionDenied."""
        if not can_manage_tags(self.request.user):
            raise PermissionDenied(_("Only editors and owners can change tags."))
        return get_object_or_404(Tag, slug=slug)

    @extend_schema(request=TagUpdateSerializer, responses=TagSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the name, slug or description of a tag. The old URL redirects."""
        tag = self.get_manageable(slug)
        changes = TagUpdateSerializer.parse(request.data, partial=True)
        return Response(self.get_serializer(actions.edit_tag(tag, **changes)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - for the router
        """Delete a tag. Refused (400) while a post has it."""
        actions.delete_tag(self.get_manageable(slug))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=TagMergeSerializer, responses=TagSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, slug: str) -> Response:
        """Give the posts of a tag another tag and delete it. The old URL redirects."""
        tag = self.get_manageable(slug)
        into: Any = TagMergeSerializer.parse(request.data)["into"]
        return Response(self.get_serializer(actions.merge_tag(tag, into=into)).data)


class SeriesViewSet(ListModelMixin, RetrieveModelMixin, BaseViewSet):
    """Series of published posts; for editors and owners, all series."""

    queryset = Series.objects.none()
    serializer_class = SeriesSerializer
    cache_tags = (NAMES,)
    ordering = ("slug",)
    lookup_field = "slug"
    lookup_value_converter = "str"

    def get_queryset(self) -> QuerySet[Series]:
        """Return the series that the current user can see."""
        if can_manage_series(self.request.user):
            return Series.objects.all()
        return Series.objects.filter(OF_PUBLISHED_PARTS)

    def get_manageable(self, slug: str) -> Series:
        """Return a series that the user can change. Raises Http404 and PermissionDenied."""
        if not can_manage_series(self.request.user):
            raise PermissionDenied(_("Only editors and owners can change series."))
        return get_object_or_404(Series, slug=slug)

    @extend_schema(request=SeriesUpdateSerializer, responses=SeriesSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the name, slug or description of a series. The old URL redirects."""
        series = self.get_manageable(slug)
        changes = SeriesUpdateSerializer.parse(request.data, partial=True)
        return Response(self.get_serializer(actions.edit_series(series, **changes)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - for the router
        """Delete a series. Refused (400) while a post is in it."""
        actions.delete_series(self.get_manageable(slug))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=SeriesSortSerializer, responses=SeriesSerializer)
    @action(detail=True, methods=["post"])
    def sort(self, request: Request, slug: str) -> Response:
        """Change the order of the posts of a series."""
        series = self.get_manageable(slug)
        actions.sort_series(series, SeriesSortSerializer.parse(request.data)["posts"])
        return Response(self.get_serializer(series).data)
