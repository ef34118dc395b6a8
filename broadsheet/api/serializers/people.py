"""People: as everyone sees them, and as they see themselves."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from broadsheet.accounts.actions.profile import MAX_LINKS
from broadsheet.accounts.models import Token, User
from broadsheet.api.serializers.strict import Strict
from broadsheet.api.serializers.worked_out import ModelSerializer


def absolute(context: Mapping[str, Any], path: str) -> str:
    """Return `path` as a whole address of the site that the request was sent to."""
    return str(context["request"].build_absolute_uri(path))


class Byline(ModelSerializer[User]):
    """A person as the line above a post names them."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("username", "name", "url")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, user: User) -> str:
        """Return the address of the person's page."""
        return absolute(self.context, f"/@{user.username}")


class Link(Strict):
    """An address elsewhere with its name."""

    label = serializers.CharField(max_length=60)  # type: ignore[assignment] # a field of that name
    url = serializers.URLField(max_length=500)


class Person(Byline):
    """A person's public page."""

    avatar = serializers.SerializerMethodField()
    links = Link(many=True, read_only=True)

    class Meta(Byline.Meta):
        fields = (*Byline.Meta.fields, "bio_html", "avatar", "links")  # type: ignore[assignment]

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_avatar(self, user: User) -> str | None:
        """Return the address of the picture, if there is one."""
        return absolute(self.context, user.avatar.url) if user.avatar else None


class Me(Person):
    """Oneself."""

    class Meta(Person.Meta):
        fields = (*Person.Meta.fields, "id", "email", "role", "display_name", "bio", "joined_at")  # type: ignore[assignment]


class ProfileChange(Strict, ModelSerializer[User]):
    """What one says of oneself."""

    links = Link(many=True, required=False, max_length=MAX_LINKS)  # type: ignore[call-arg] # of the list

    class Meta:
        model = User
        fields = ("display_name", "bio", "links")
        extra_kwargs = {"bio": {"trim_whitespace": False}}


class TokenShown(ModelSerializer[Token]):
    """A token without its key, which is not kept."""

    class Meta:
        model = Token
        fields = ("id", "name", "scope", "hint", "created_at", "expires_at", "last_used_on")
        read_only_fields = fields


class TokenMade(TokenShown):
    """A new token, with its key for this once."""

    key = serializers.CharField(read_only=True)

    class Meta(TokenShown.Meta):
        fields = (*TokenShown.Meta.fields, "key")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class TokenAsked(Strict, ModelSerializer[Token]):
    """A token that is asked for."""

    class Meta:
        model = Token
        fields = ("name", "scope", "expires_at")
