"""Serializers of posts and revisions. `api.post_json` renders the fields that are listed here."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from broadsheet.accounts.models import User
from broadsheet.api.datetimes import ZONE_HELP, SiteDateTimeField
from broadsheet.api.serializers.strict import StrictSerializer
from broadsheet.api.serializers.users import UserSummarySerializer
from broadsheet.media.models import Image
from broadsheet.posts.actions import COLUMNS
from broadsheet.posts.models import Post, Revision, WorkingCopy, slug_field_validator
from broadsheet.posts.publish_checks import HintCode

#: Public fields, for everyone who can see the post.
PUBLIC = (
    "id", "url", "status", *(name for name in COLUMNS if name != "content"), "description",
    "word_count", "minutes", "cover", "cover_src", "authors", "tags", "series", "pub_date",
    "updated_at",
)  # fmt: skip

#: Private fields, only for users who can edit the post.
PRIVATE = ("version", "created_at", "source_id", "is_date_estimated")

#: Long texts: always part of a single post, in lists only on request.
TEXTS = ("content", "html")


class PostSummarySerializer(serializers.ModelSerializer[Post]):
    """Schema of a post in a list. Never renders anything."""

    url = serializers.URLField(read_only=True)
    authors = UserSummarySerializer(many=True, read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    series = serializers.CharField(read_only=True, help_text="Name; empty if there is none.")
    minutes = serializers.IntegerField(read_only=True, help_text="Reading time in minutes.")
    description = serializers.CharField(
        read_only=True, help_text="The excerpt, or the beginning of the text."
    )
    cover_src = serializers.CharField(
        read_only=True, help_text="URL of the cover; empty if there is none."
    )
    canonical_url = serializers.CharField(read_only=True)  # may be empty, so not a URI
    cover_url = serializers.CharField(read_only=True)
    share_image_url = serializers.CharField(read_only=True)

    class Meta:
        model = Post
        fields: tuple[str, ...] = (*PUBLIC, *PRIVATE, *TEXTS)
        read_only_fields = fields
        optional: tuple[str, ...] = (*PRIVATE, *TEXTS)


class PostDetailSerializer(PostSummarySerializer):
    """Schema of a single post."""

    class Meta(PostSummarySerializer.Meta):
        optional = PRIVATE


class PostSchemaExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """OpenAPI schema of posts, in which some fields may be absent."""

    target_class = PostSummarySerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the schema without the optional fields among the required ones."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - as spectacular's own extensions do
        optional = self.target.Meta.optional
        return {**schema, "required": [name for name in schema["required"] if name not in optional]}


class UsernameField(serializers.SlugRelatedField[Any]):
    """A user, named by username."""

    def to_internal_value(self, data: str) -> Any:
        """Return the user. Raises ValidationError."""
        if "\0" in data:  # PostgreSQL rejects it in a query
            self.fail("invalid")
        return super().to_internal_value(data)


class PostInputSerializer(StrictSerializer, serializers.ModelSerializer[Post]):
    """Fields of a post that its authors can set."""

    cover = serializers.PrimaryKeyRelatedField(
        queryset=Image.objects.all(), required=False, allow_null=True
    )
    authors = UsernameField(
        "username",
        many=True,
        queryset=User.objects.public(),
        required=False,
        allow_empty=False,
        help_text="Usernames in byline order. Only editors and owners can set them.",
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=50
    )
    series = serializers.CharField(max_length=200, required=False, allow_blank=True)

    class Meta:
        model = Post
        fields: tuple[str, ...] = (*COLUMNS, "cover", "pub_date", "authors", "tags", "series")
        extra_kwargs = {
            "pub_date": {"help_text": ZONE_HELP},
            "title": {"required": True, "allow_blank": True},
            "content": {"trim_whitespace": False},
            "slug": {
                "required": False,
                "allow_blank": True,
                "validators": [slug_field_validator],
                "help_text": "Generated from the title if empty.",
            },
        }


class PostCreateSerializer(PostInputSerializer):
    """A new post and its status."""

    status = serializers.ChoiceField(
        [Post.Status.DRAFT, *Post.READABLE],
        required=False,
        help_text="Default: draft. Publishing with a date in the future schedules the post.",
    )

    class Meta(PostInputSerializer.Meta):
        fields = (*PostInputSerializer.Meta.fields, "status")


class PostUpdateSerializer(PostInputSerializer):
    """Changes of a post and the version that they are based on."""

    version = serializers.IntegerField(
        min_value=1, required=False, help_text="The version you read. Alternatively, send If-Match."
    )

    class Meta(PostInputSerializer.Meta):
        fields = (*PostInputSerializer.Meta.fields, "version")


class AutosaveSerializer(StrictSerializer, serializers.ModelSerializer[Post]):
    """Texts that are saved while they are written."""

    version = serializers.IntegerField(min_value=1, help_text="The version you read.")
    copy = serializers.IntegerField(
        min_value=0,
        default=0,
        help_text="The working copy's number from the last autosave; 0 if there was none.",
    )

    class Meta:
        model = Post
        fields = (*WorkingCopy.TEXTS, "version", "copy")
        extra_kwargs = {
            "title": {"required": False, "allow_blank": True},
            "content": {"required": False, "allow_blank": True, "trim_whitespace": False},
        }


class AutosaveResultSerializer(serializers.Serializer[Any]):
    """Where the texts were saved, and what the next autosave has to name."""

    version = serializers.IntegerField(help_text="`version` of the next change.")
    copy = serializers.IntegerField(
        help_text="`copy` of the next autosave; 0 if the draft itself was saved."
    )
    saved_at = serializers.DateTimeField()
    is_outdated = serializers.BooleanField(
        help_text="Whether the post has another version by now. The texts are saved nevertheless."
    )
    others = serializers.ListField(
        child=serializers.CharField(), help_text="Names of others who are changing the post now."
    )


class PublishSerializer(StrictSerializer):
    """The time at which to publish."""

    at = SiteDateTimeField(
        required=False,
        allow_null=True,
        help_text="A time in the future schedules the post; a time in the past becomes its "
        f"publication date. {ZONE_HELP}",
    )


class HintSerializer(serializers.Serializer[Any]):
    """Something to improve before a post is published."""

    code = serializers.ChoiceField([code.value for code in HintCode])
    message = serializers.CharField()
    detail = serializers.CharField(help_text="The URL or text that it is about; can be empty.")


class PublishChecksSerializer(serializers.Serializer[Any]):
    """Hints about a post. None of them prevents publishing."""

    hints = HintSerializer(many=True)


class RevisionSummarySerializer(serializers.ModelSerializer[Revision]):
    """A saved version of a post."""

    saved_by = serializers.SlugRelatedField[Any]("username", read_only=True)

    class Meta:
        model = Revision
        fields = ("number", "kind", "name", "title", "subtitle", "saved_by", "saved_at")
        read_only_fields = fields


class RevisionDetailSerializer(RevisionSummarySerializer):
    """A saved version of a post with its texts."""

    class Meta(RevisionSummarySerializer.Meta):
        fields = (*RevisionSummarySerializer.Meta.fields, "content", "fields")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class RevisionNameSerializer(StrictSerializer, serializers.ModelSerializer[Revision]):
    """The name of a version; empty for none."""

    class Meta:
        model = Revision
        fields = ("name",)
        extra_kwargs = {"name": {"required": True}}


class RevisionRestoreSerializer(StrictSerializer):
    """The version of the post that the restored one replaces."""

    version = serializers.IntegerField(
        min_value=1, help_text="The version of the post that you read."
    )
