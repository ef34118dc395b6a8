"""Serializers of uploaded images."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from broadsheet.api.serializers.strict import StrictSerializer
from broadsheet.api.serializers.users import URI, absolute_url
from broadsheet.media.models import Image
from broadsheet.posts.models import ImageUse


class ImageSerializer(serializers.ModelSerializer[Image]):
    """An image with its URL."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = (
            *("id", "url", "name", "alt", "is_decorative", "caption", "credit"),
            *("focal_x", "focal_y", "mime", "width", "height", "bytes", "created_at"),
        )
        read_only_fields = fields

    @extend_schema_field(URI)
    def get_url(self, image: Image) -> str:
        """Return the image's URL, for use in the text of a post."""
        return absolute_url(self.context, image.url)


class ImageUploadSerializer(StrictSerializer):
    """An image to upload."""

    file: Any = serializers.FileField(help_text="JPEG, PNG, GIF, WebP or AVIF.")
    alt = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        trim_whitespace=False,
        help_text="Alternative text: what the image shows.",
    )


class ImageUpdateSerializer(StrictSerializer, serializers.ModelSerializer[Image]):
    """Texts and focal point of an image; fields that are left out stay."""

    class Meta:
        model = Image
        fields = ("alt", "is_decorative", "caption", "credit", "focal_x", "focal_y")
        extra_kwargs: ClassVar = {
            name: {"trim_whitespace": False} for name in ("alt", "caption", "credit")
        }


class ImageUseSerializer(serializers.ModelSerializer[ImageUse]):
    """A post that uses an image."""

    title = serializers.CharField(source="post.title", read_only=True)

    class Meta:
        model = ImageUse
        fields = ("post", "title", "is_cover")
        read_only_fields = fields
