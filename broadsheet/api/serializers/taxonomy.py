"""Serializers of tags and series."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from broadsheet.api.serializers.strict import StrictSerializer
from broadsheet.api.serializers.users import URI, absolute_url
from broadsheet.posts.actions.series import MAX_SORTED
from broadsheet.posts.models import Series, Tag


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag with the URL of its page."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Tag
        fields = ("name", "slug", "description", "url")

    @extend_schema_field(URI)
    def get_url(self, tag: Tag) -> str:
        """Return the URL of the tag's page."""
        return absolute_url(self.context, f"/tag/{tag.slug}")


class TagUpdateSerializer(StrictSerializer, serializers.ModelSerializer[Tag]):
    """What can be changed of a tag."""

    class Meta:
        model = Tag
        fields = ("name", "slug", "description")
        extra_kwargs: ClassVar[dict[str, Any]] = {"slug": {"validators": []}}  # the action checks


class TagMergeSerializer(StrictSerializer):
    """The tag that replaces another one, by its slug."""

    into = serializers.SlugRelatedField(slug_field="slug", queryset=Tag.objects.all())


class SeriesSerializer(serializers.ModelSerializer[Series]):
    """A series with the URL of its page."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Series
        fields = ("name", "slug", "description", "url")

    @extend_schema_field(URI)
    def get_url(self, series: Series) -> str:
        """Return the URL of the series' page."""
        return absolute_url(self.context, f"/series/{series.slug}")


class SeriesUpdateSerializer(StrictSerializer, serializers.ModelSerializer[Series]):
    """What can be changed of a series."""

    class Meta:
        model = Series
        fields = ("name", "slug", "description")
        extra_kwargs: ClassVar[dict[str, Any]] = {"slug": {"validators": []}}  # the action checks


class SeriesSortSerializer(StrictSerializer):
    """The order of a series: IDs of its posts. Posts that are not named follow."""

    posts = serializers.ListField(child=serializers.UUIDField(), max_length=MAX_SORTED)
