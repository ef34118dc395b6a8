"""Serializers of preview links."""

from rest_framework import serializers

from broadsheet.api.datetimes import ZONE_HELP
from broadsheet.api.serializers.strict import StrictSerializer
from broadsheet.posts.models import PreviewLink


class PreviewLinkSerializer(serializers.ModelSerializer[PreviewLink]):
    """A preview link without its token, which is stored only as a digest."""

    created_by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = PreviewLink
        fields = ("id", "name", "created_by", "created_at", "expires_at", "revoked_at")
        read_only_fields = fields


class PreviewLinkCreatedSerializer(PreviewLinkSerializer):
    """A new preview link with its URL, which is shown only once."""

    url = serializers.URLField(read_only=True)

    class Meta(PreviewLinkSerializer.Meta):
        fields = (*PreviewLinkSerializer.Meta.fields, "url")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class PreviewLinkCreateSerializer(StrictSerializer, serializers.ModelSerializer[PreviewLink]):
    """A preview link to create; it works for 7 days unless `expires_at` is set."""

    class Meta:
        model = PreviewLink
        fields = ("name", "expires_at")
        extra_kwargs = {"expires_at": {"help_text": ZONE_HELP, "required": False}}
