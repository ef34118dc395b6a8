"""Serializers of users: public profiles and the current user's account."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from broadsheet.accounts.actions.profile import MAX_LINKS
from broadsheet.accounts.models import User
from broadsheet.api.serializers.strict import StrictSerializer

URI = {"type": "string", "format": "uri"}


def absolute_url(context: Mapping[str, Any], path: str) -> str:
    """Return `path` as an absolute URL at the host of the request."""
    return str(context["request"].build_absolute_uri(path))


class UserSummarySerializer(serializers.ModelSerializer[User]):
    """A user as the author of a post."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("username", "name", "url")

    @extend_schema_field(URI)
    def get_url(self, user: User) -> str:
        """Return the URL of the user's page."""
        return absolute_url(self.context, f"/@{user.username}")


class LinkSerializer(StrictSerializer):
    """A labelled link of a profile."""

    label = serializers.CharField(max_length=60)  # type: ignore[assignment] # a field of that name
    url = serializers.URLField(max_length=500)


class UserSerializer(UserSummarySerializer):
    """A user's public profile."""

    avatar = serializers.SerializerMethodField()
    links = LinkSerializer(many=True, read_only=True)

    class Meta(UserSummarySerializer.Meta):
        fields = (*UserSummarySerializer.Meta.fields, "bio_html", "avatar", "links")  # type: ignore[assignment]

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_avatar(self, user: User) -> str | None:
        """Return the URL of the avatar, if there is one."""
        return absolute_url(self.context, user.avatar.url) if user.avatar else None


class MeSerializer(UserSerializer):
    """The current user's account."""

    class Meta(UserSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *UserSerializer.Meta.fields, "id", "email", "role", "display_name", "bio", "joined_at"
        )  # fmt: skip


class ProfileUpdateSerializer(StrictSerializer, serializers.ModelSerializer[User]):
    """Changes of the current user's profile."""

    links = LinkSerializer(many=True, required=False, max_length=MAX_LINKS)  # type: ignore[call-arg] # of the list

    class Meta:
        model = User
        fields = ("display_name", "bio", "links")
        extra_kwargs = {"bio": {"trim_whitespace": False}}
