"""Tags and series: `/api/v1/tags`, `/api/v1/series`."""

from django.db.models import Exists, OuterRef
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.api.serializers.taxonomy import SeriesSerializer, TagSerializer
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts.models import Post, PostTag, Series, Tag


class TagViewSet(ListModelMixin, RetrieveModelMixin, BaseViewSet):
    """Tags of published posts."""

    queryset = Tag.objects.filter(
        Exists(PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False))
    )
    serializer_class = TagSerializer
    cache_tags = (NAMES,)
    ordering = ("slug",)
    lookup_field = "slug"
    lookup_value_converter = "str"


class SeriesViewSet(ListModelMixin, RetrieveModelMixin, BaseViewSet):
    """Series of published posts."""

    queryset = Series.objects.filter(Exists(Post.objects.published().filter(series=OuterRef("pk"))))
    serializer_class = SeriesSerializer
    cache_tags = (NAMES,)
    ordering = ("slug",)
    lookup_field = "slug"
    lookup_value_converter = "str"
