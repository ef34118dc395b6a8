"""Posts: `/api/v1/posts`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.accounts.models import User
from broadsheet.api.etags import check_if_match, etag
from broadsheet.api.exceptions import (
    ConflictError,
    PreconditionFailedError,
    PreconditionRequiredError,
)
from broadsheet.api.filters import PostFilter, is_ordered_by_date
from broadsheet.api.pagination import KeysetPagination
from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.post_json import post_json
from broadsheet.api.serializers.posts import (
    PRIVATE,
    PUBLIC,
    TEXTS,
    AutosaveResultSerializer,
    AutosaveSerializer,
    PostCreateSerializer,
    PostDetailSerializer,
    PostSummarySerializer,
    PostUpdateSerializer,
    PublishChecksSerializer,
    PublishSerializer,
)
from broadsheet.api.views.base import BaseViewSet
from broadsheet.lib.keyset import NEWEST
from broadsheet.media.policy import usable_by
from broadsheet.posts import actions, policy, publish_checks
from broadsheet.posts.cache_tags import POSTS, of_posts
from broadsheet.posts.models import Post
from broadsheet.posts.queries import (
    PostDetail,
    PostSummary,
    details,
    newest,
    other_writers,
    summaries,
)

INCLUDE = OpenApiParameter(
    "include",
    enum=["content", "html", "content,html"],
    description="Texts to include with each post.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", location=OpenApiParameter.HEADER, description="The ETag of your copy."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag you read. If the post has changed since, the request fails with 412.",
)

#: Parameters of lists that the page cache stores.
CACHED_PARAMETERS = frozenset({"limit", "cursor"})

#: Fields that PUT leaves unchanged if they are missing: omission must not change URL or lists.
UNCHANGED_BY_DEFAULT = frozenset({"slug", "kind", "pub_date", "authors", "version"})


class PostViewSet(BaseViewSet):
    """Published posts, and the posts that you can edit."""

    queryset = Post.objects.none()
    serializer_class = PostDetailSerializer
    filterset_class = PostFilter
    query_parameters = frozenset({"limit", "cursor", "include", *PostFilter.base_filters})
    lookup_value_converter = "uuid"

    def get_ordering(self, request: Request) -> tuple[str, ...]:
        """Order by publication if all posts of the list are published, otherwise by creation."""
        return ("-pub_date", "-id") if is_ordered_by_date(request) else ("-id",)

    @extend_schema(parameters=[INCLUDE], responses=PostSummarySerializer(many=True))
    def list(self, request: Request) -> Response:
        """List posts.

        Anonymous requests get the published posts, the most recently published first. Logged in,
        you also get the other posts that you can edit, and the order is by creation;
        `status=published` orders by publication again.
        """
        texts = self._included_texts()
        visible = (
            Post.objects.published()
            if is_ordered_by_date(request)
            else policy.listed_posts(request.user)
        )
        page: list[PostSummary] = self.paginate_queryset(self.filter_queryset(visible)) or []  # type: ignore[arg-type] # see fetch
        if request.query_params.keys() <= CACHED_PARAMETERS:
            self.cache_tags = [POSTS, *of_posts(page)]
        return self.get_paginated_response(self._json(page, texts))

    def fetch(self, queryset: QuerySet[Post]) -> Sequence[Any]:
        """Return the read models of a page, with the texts that are asked for."""
        if not self.request.query_params and is_ordered_by_date(self.request):
            return newest(NEWEST, KeysetPagination.default_limit + 1)
        return (details if self._included_texts() else summaries)(queryset)

    @extend_schema(
        parameters=[IF_NONE_MATCH],
        responses={
            200: PostDetailSerializer,
            304: OpenApiResponse(description="Your copy is current."),
        },
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Return a post with its texts, and the ETag for changing it."""
        user = request.user if isinstance(request.user, User) else None
        post = next(iter(details(Post.objects.visible_to(user).filter(pk=pk))), None)
        if post is None:
            raise Http404
        self.cache_tags = of_posts([post])
        return self._detail_response(post)

    @extend_schema(request=PostCreateSerializer, responses={201: PostDetailSerializer})
    def create(self, request: Request) -> Response:
        """Create a post: a draft, unless `status` says otherwise.

        With `status=published` and a date in the future it is scheduled.
        """
        if not policy.can_create(request.user):
            raise PermissionDenied(_("Readers cannot write posts."))
        fields = PostCreateSerializer.parse(request.data)
        self._check_authors(fields)
        self._check_cover(fields)
        post = actions.create(by=self.user, **fields)
        url = request.build_absolute_uri(f"{request.path.removesuffix('/')}/{post.pk}")
        response = self._detail_response(post, status.HTTP_201_CREATED)
        response.headers["Location"] = url
        return response

    @extend_schema(
        parameters=[IF_MATCH], request=PostUpdateSerializer, responses=PostDetailSerializer
    )
    def update(self, request: Request, pk: UUID) -> Response:
        """Replace a post's texts and settings; fields that are missing get their default.

        Slug, date and authors stay if they are missing. Requires `If-Match` or `version`.
        """
        return self._edit(request, pk, partial=False)

    @extend_schema(
        parameters=[IF_MATCH], request=PostUpdateSerializer, responses=PostDetailSerializer
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change some fields of a post. Requires `If-Match` or `version`."""
        return self._edit(request, pk, partial=True)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a post. It can be restored."""
        self.require_empty_body()
        post, _has_if_match = self._get_editable(request, pk)
        actions.delete(post, by=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[IF_MATCH], request=PublishSerializer, responses=PostDetailSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> Response:
        """Publish a post, now or at a time in the future."""
        post, _has_if_match = self._get_editable(request, pk)
        at = PublishSerializer.parse(request.data).get("at")
        return self._detail_response(actions.publish(post, by=self.user, at=at))

    @extend_schema(responses=PublishChecksSerializer)
    @action(detail=True, permission_classes=(IsAuthenticated, HasTokenScope))
    def checks(self, request: Request, pk: UUID) -> Response:
        """Check a post that you can edit before it is published."""
        hints = publish_checks.check(policy.get_editable(request.user, pk))
        return Response({"hints": [hint._asdict() for hint in hints]})

    @extend_schema(request=AutosaveSerializer, responses=AutosaveResultSerializer)
    @action(detail=True, methods=["post"])
    def autosave(self, request: Request, pk: UUID) -> Response:
        """Save texts while they are written: a draft itself, a working copy of any other post.

        No one else sees a working copy. `PATCH` with its texts publishes them.
        """
        post = policy.get_editable(request.user, pk)
        values = AutosaveSerializer.parse(request.data)
        try:
            result = actions.autosave(post, by=self.user, **values)
        except actions.EditConflictError as conflict:
            current = conflict.current.version
            raise ConflictError(str(conflict), current_version=current) from conflict
        post.version = result.version
        payload = {**asdict(result), "others": other_writers(post, self.user)}
        return Response(AutosaveResultSerializer(payload).data)

    @extend_schema(request=None, responses={204: None})
    @autosave.mapping.delete
    def discard_working_copy(self, request: Request, pk: UUID) -> Response:
        """Discard your working copy of a post, if there is one."""
        self.require_empty_body()
        actions.discard(policy.get_editable(request.user, pk), by=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[IF_MATCH], request=None, responses=PostDetailSerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: UUID) -> Response:
        """Make a post a draft again. Its date stays."""
        self.require_empty_body()
        post, _has_if_match = self._get_editable(request, pk)
        return self._detail_response(actions.unpublish(post, by=self.user))

    @extend_schema(parameters=[IF_MATCH], request=None, responses=PostDetailSerializer)
    @action(detail=True, methods=["post"])
    def unlist(self, request: Request, pk: UUID) -> Response:
        """Take a post out of all lists. Everyone who has its URL can read it."""
        self.require_empty_body()
        post, _has_if_match = self._get_editable(request, pk)
        return self._detail_response(actions.unlist(post, by=self.user))

    @extend_schema(parameters=[IF_MATCH], request=None, responses=PostDetailSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Take a post permanently out of the lists. Its URL keeps working."""
        self.require_empty_body()
        post, _has_if_match = self._get_editable(request, pk)
        return self._detail_response(actions.archive(post, by=self.user))

    @extend_schema(request=None, responses=PostDetailSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Restore a deleted post."""
        self.require_empty_body()
        post = policy.get_restorable(request.user, pk)
        return self._detail_response(actions.restore(post, by=self.user))

    def _included_texts(self) -> tuple[str, ...]:
        """Return the texts that the list should include. Raises ValidationError."""
        names = set(filter(None, self.request.query_params.get("include", "").split(",")))
        if names.difference(TEXTS):
            raise ValidationError({"?include": [_("Only “content” and “html” can be included.")]})
        return tuple(name for name in TEXTS if name in names)

    def _json(self, posts: Iterable[PostSummary], texts: tuple[str, ...]) -> Sequence[Any]:
        """Return posts as JSON objects, with private fields if the user can edit the post."""
        user, base_url = self.request.user, self.request.build_absolute_uri("/").removesuffix("/")
        public, private = (*PUBLIC, *texts), (*PUBLIC, *PRIVATE, *texts)
        return [
            post_json(post, private if policy.can_edit(user, post) else public, base_url=base_url)
            for post in posts
        ]

    def _detail_json(self, post: Post | PostDetail) -> dict[str, Any]:
        detail = PostDetail.of(post) if isinstance(post, Post) else post
        payload: dict[str, Any] = self._json([detail], TEXTS)[0]
        return payload

    def _detail_response(self, post: Post | PostDetail, code: int = status.HTTP_200_OK) -> Response:
        """Return the response that shows a post, with its ETag."""
        payload = self._detail_json(post)
        return Response(payload, code, headers={"ETag": etag(payload)})

    def _get_editable(self, request: Request, pk: UUID) -> tuple[Post, bool]:
        """Return a post and whether `If-Match` was sent. Raises like `check_if_match`."""
        post = policy.get_editable(request.user, pk)
        return post, check_if_match(request, lambda: etag(self._detail_json(post)))

    def _edit(self, request: Request, pk: UUID, *, partial: bool) -> Response:
        post, has_if_match = self._get_editable(request, pk)
        defaults = {} if partial else _defaults()
        changes = defaults | PostUpdateSerializer.parse(request.data, partial=partial)
        version = changes.pop("version", post.version if has_if_match else None)
        if version is None:
            raise PreconditionRequiredError
        self._check_authors(changes)
        self._check_cover(changes, post)
        try:
            post = actions.edit(post, by=self.user, version=version, **changes)
        except actions.EditConflictError as conflict:
            if has_if_match:
                raise PreconditionFailedError from conflict
            current = conflict.current.version
            raise ConflictError(str(conflict), current_version=current) from conflict
        return self._detail_response(post)

    def _check_authors(self, fields: dict[str, Any]) -> None:
        if "authors" in fields and not policy.can_name_authors(self.request.user):
            raise PermissionDenied(_("Only editors and owners can set “authors”."))

    def _check_cover(self, fields: dict[str, Any], post: Post | None = None) -> None:
        """Refuse another user's image as if it did not exist; the current cover may stay."""
        cover = fields.get("cover")
        if cover is None or (post is not None and cover.pk == post.cover_id):
            return
        if not usable_by(self.request.user).filter(pk=cover.pk).exists():
            raise ValidationError({"cover": [_("You do not have an image with this id.")]})


def _defaults() -> dict[str, Any]:
    """Return the values that PUT sets for fields that are missing."""
    fields = PostUpdateSerializer().fields.items()
    optional = {name for name, field in fields if not field.required} - UNCHANGED_BY_DEFAULT
    own: dict[str, Any] = {"tags": [], "series": "", "cover": None}
    return {
        name: own[name] if name in own else Post._meta.get_field(name).get_default()  # type: ignore[union-attr]  # noqa: SLF001
        for name in optional
    }
