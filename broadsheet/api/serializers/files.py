"""Tags, series and images, from outside."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from broadsheet.api.serializers.people import absolute
from broadsheet.api.serializers.strict import Strict
from broadsheet.api.serializers.worked_out import ModelSerializer
from broadsheet.media.models import Image
from broadsheet.posts.models import Series, Tag

URI = {"type": "string", "format": "uri"}


class TagShown(ModelSerializer[Tag]):
    """A subject."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Tag
        fields = ("name", "slug", "description", "url")

    @extend_schema_field(URI)
    def get_url(self, tag: Tag) -> str:
        """Return the address of its page."""
        return absolute(self.context, f"/tag/{tag.slug}")


class SeriesShown(ModelSerializer[Series]):
    """Posts that belong together."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Series
        fields = ("name", "slug", "description", "url")

    @extend_schema_field(URI)
    def get_url(self, series: Series) -> str:
        """Return the address of its page."""
        return absolute(self.context, f"/series/{series.slug}")


class ImageShown(ModelSerializer[Image]):
    """An image and where it stands."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = ("id", "url", "name", "alt", "mime", "width", "height", "bytes", "created_at")
        read_only_fields = fields

    @extend_schema_field(URI)
    def get_url(self, image: Image) -> str:
        """Return its address, to be used in a post's text."""
        return absolute(self.context, image.url)


class ImageUpload(Strict):
    """An image to be kept."""

    file: Any = serializers.FileField(help_text="JPEG, PNG, GIF, WebP or AVIF.")
    alt = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        trim_whitespace=False,
        help_text="Alternative text: what the image shows.",
    )
