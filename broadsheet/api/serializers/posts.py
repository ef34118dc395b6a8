"""Posts and their revisions, from outside."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from broadsheet.accounts.models import User
from broadsheet.api.serializers.people import Byline, absolute
from broadsheet.api.serializers.strict import Strict
from broadsheet.api.serializers.worked_out import ModelSerializer
from broadsheet.media.models import Image
from broadsheet.posts.models import Post, Revision, slug_field_validator

URI = {"type": "string", "format": "uri"}

FIELDS = tuple(
    "id url status title subtitle slug excerpt description word_count minutes cover cover_url"
    " cover_alt cover_src authors tags series pub_date updated_at canonical_url seo_title"
    " seo_description share_image_url language allows_comments shows_contents".split()
)

#: Shown to those who may edit the post, left out for everyone else.
PRIVATE = ("version", "created_at", "source_id", "is_date_estimated")


class PostSummary(ModelSerializer[Post]):
    """A post as lists show it. `editable` in the context holds the ids of what may be edited."""

    url = serializers.SerializerMethodField()
    authors = Byline(many=True, read_only=True)
    tags = serializers.SlugRelatedField[Any]("name", many=True, read_only=True)
    series = serializers.SerializerMethodField()
    cover_src = serializers.SerializerMethodField()
    minutes = serializers.IntegerField(read_only=True, help_text="Reading time in minutes.")
    canonical_url = serializers.CharField(read_only=True)  # may be empty, so no URI
    cover_url = serializers.CharField(read_only=True)
    share_image_url = serializers.CharField(read_only=True)
    description = serializers.CharField(
        read_only=True, help_text="The excerpt, or the beginning of the text."
    )

    class Meta:
        model = Post
        fields = (*FIELDS, *PRIVATE)
        read_only_fields = fields

    def to_representation(self, instance: Post) -> dict[str, Any]:
        """Return the fields that the visitor may see."""
        shown = super().to_representation(instance)
        if instance.pk not in self.context["editable"]:
            for name in PRIVATE:
                del shown[name]
        return shown

    @extend_schema_field(URI)
    def get_url(self, post: Post) -> str:
        """Return the address at which it is read."""
        return absolute(self.context, post.get_absolute_url())

    @extend_schema_field({"type": "string"})
    def get_series(self, post: Post) -> str:
        """Return the name of its series, or nothing."""
        return post.series.name if post.series else ""

    @extend_schema_field(
        {"type": "string", "description": ("URL of the cover; empty if there is none.")}
    )
    def get_cover_src(self, post: Post) -> str:
        """Return the address of the cover."""
        return absolute(self.context, post.cover_src) if post.cover_src else ""


class PostSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """That not everyone sees all fields, for the OpenAPI description."""

    target_class = PostSummary
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the schema, where what is private or was not asked for may be absent."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - as spectacular's own extensions do
        optional = {*PRIVATE, *getattr(self.target.Meta, "optional", ())}
        return {**schema, "required": [n for n in schema["required"] if n not in optional]}


class PostWithTexts(PostSummary):
    """A post in a list that was asked for with its texts."""

    class Meta(PostSummary.Meta):
        fields = (*PostSummary.Meta.fields, "content", "html")
        read_only_fields = fields
        optional = ("content", "html")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the summary's fields, and those texts that were asked for."""
        fields = super().get_fields()
        for name in {"content", "html"} - self.context.get("include", {"content", "html"}):
            del fields[name]
        return fields


class PostFull(PostSummary):
    """A whole post."""

    class Meta(PostSummary.Meta):
        fields = (*PostSummary.Meta.fields, "content", "html")
        read_only_fields = fields


class UserName(serializers.SlugRelatedField[Any]):
    """A person by name."""

    def to_internal_value(self, data: str) -> Any:
        """Return the person. Raises ValidationError."""
        if "\0" in data:  # PostgreSQL would refuse to look for it
            self.fail("invalid")
        return super().to_internal_value(data)


class PostSaid(Strict, ModelSerializer[Post]):
    """What a writer can say of a post."""

    cover = serializers.PrimaryKeyRelatedField(
        queryset=Image.objects.all(), required=False, allow_null=True
    )
    authors = UserName(
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
        fields = tuple(
            "title subtitle slug content excerpt cover cover_url cover_alt pub_date authors tags"
            " series canonical_url seo_title seo_description share_image_url language"
            " allows_comments shows_contents".split()
        )
        extra_kwargs = {
            "title": {"required": True, "allow_blank": True},
            "content": {"trim_whitespace": False},
            "slug": {
                "required": False,
                "allow_blank": True,
                "validators": [slug_field_validator],
                "help_text": "Generated from the title if empty.",
            },
        }


class PostNew(PostSaid):
    """A new post, and where it shall stand."""

    status = serializers.ChoiceField(
        [Post.Status.DRAFT, *Post.READABLE],
        required=False,
        help_text="Default: draft. Publishing with a date in the future schedules the post.",
    )

    class Meta(PostSaid.Meta):
        fields = (*PostSaid.Meta.fields, "status")


class PostChange(PostSaid):
    """What may be changed, and the version that was read."""

    version = serializers.IntegerField(
        min_value=1, required=False, help_text="The version you read. Alternatively, send If-Match."
    )

    class Meta(PostSaid.Meta):
        fields = (*PostSaid.Meta.fields, "version")


class PublishAt(Strict):
    """When to publish."""

    at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="A time in the future schedules the post; a time in the past becomes its "
        "publication date.",
    )


class RevisionSummary(ModelSerializer[Revision]):
    """One saved version of a post."""

    saved_by = serializers.SlugRelatedField[Any]("username", read_only=True)

    class Meta:
        model = Revision
        fields = ("number", "title", "subtitle", "saved_by", "saved_at")
        read_only_fields = fields


class RevisionFull(RevisionSummary):
    """One saved version with its texts."""

    class Meta(RevisionSummary.Meta):
        fields = (*RevisionSummary.Meta.fields, "content", "fields")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]
