"""Serializers of API tokens."""

from rest_framework import serializers

from broadsheet.accounts.models import Token
from broadsheet.api.datetimes import ZONE_HELP
from broadsheet.api.serializers.strict import StrictSerializer


class TokenSerializer(serializers.ModelSerializer[Token]):
    """A token without its key, which is stored only as a digest."""

    class Meta:
        model = Token
        fields = ("id", "name", "scope", "hint", "created_at", "expires_at", "last_used_on")
        read_only_fields = fields


class TokenCreatedSerializer(TokenSerializer):
    """A new token with its key, which is shown only once."""

    key = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "key")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class TokenCreateSerializer(StrictSerializer, serializers.ModelSerializer[Token]):
    """A token to create."""

    class Meta:
        model = Token
        fields = ("name", "scope", "expires_at")
        extra_kwargs = {"expires_at": {"help_text": ZONE_HELP}}
