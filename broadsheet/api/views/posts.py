"""Posts: `/api/v1/posts`."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.api.filters import PostFilter, is_by_date
from broadsheet.api.pagination import KeysetPagination
from broadsheet.api.problems import Conflicting, Stale, Unconditional
from broadsheet.api.published import shown
from broadsheet.api.serializers.posts import (
    PostChange,
    PostFull,
    PostNew,
    PostSummary,
    PostWithTexts,
)
from broadsheet.api.views.showing import IF_MATCH
from broadsheet.api.views.standing import Standing
from broadsheet.media.policy import usable_by
from broadsheet.posts import actions, policy
from broadsheet.posts.cache_tags import POSTS, of_posts
from broadsheet.posts.models import Post, PostQuerySet
from broadsheet.posts.queries import PostDetail

TEXTS = frozenset({"content", "html"})
INCLUDE = OpenApiParameter(
    "include",
    enum=["content", "html", "content,html"],
    description="Texts to include with each post.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", location=OpenApiParameter.HEADER, description="The ETag of your copy."
)

#: With these alone the list is of everything that is published.
PLAIN = frozenset({"limit", "cursor"})

#: What PUT leaves as it is where it is left out: the address must not change by omission.
KEPT = frozenset({"slug", "pub_date", "authors", "version"})


class Posts(Standing):
    """Posts: what is published, and what you work on."""

    queryset = Post.objects.none()
    serializer_class = PostFull
    filterset_class = PostFilter
    parameters = frozenset({"limit", "cursor", "include", *PostFilter.base_filters})
    lookup_value_converter = "uuid"

    def order(self, request: Request) -> tuple[str, ...]:
        """Return the newest publication first where all have a date, else the newest post."""
        return ("-pub_date", "-id") if is_by_date(request) else ("-id",)

    def include(self) -> set[str]:
        """Return the texts that the list was asked for. Raises ValidationError."""
        wanted = set(filter(None, self.request.query_params.get("include", "").split(",")))
        if wanted - TEXTS:
            raise ValidationError({"?include": [_("Only “content” and “html” can be included.")]})
        return wanted

    @extend_schema(parameters=[INCLUDE], responses=PostWithTexts(many=True))
    def list(self, request: Request) -> HttpResponse:
        """List posts.

        Strangers get what is published, the newest first. Logged in, you also get what else you
        may edit, the newest post first; `status=published` orders by publication again.
        """
        if not request.user.is_authenticated and request.query_params.keys() <= PLAIN:
            return self._published(request)
        include = self.include()
        seen = Post.objects.published() if is_by_date(request) else policy.showable(request.user)
        posts: PostQuerySet = self.filter_queryset(seen)  # type: ignore[assignment] # stays one
        hidden = {*TEXTS, "contents", "source_digest"} - include
        page = self.paginate_queryset(posts.for_list().defer(None).defer(*hidden)) or []
        context = {**self.seen_with(page), "include": include}
        shown = PostWithTexts if include else PostSummary
        return self.get_paginated_response(shown(page, many=True, context=context).data)

    def _published(self, request: Request) -> HttpResponse:
        pages = KeysetPagination()
        page = pages.paginate_published(request, self)
        self.cache_tags = [POSTS, *of_posts(page)]
        base = request.build_absolute_uri("/").removesuffix("/")
        return pages.get_written_response([shown(post, base) for post in page])

    @extend_schema(
        parameters=[IF_NONE_MATCH],
        responses={200: PostFull, 304: OpenApiResponse(description="Your copy is current.")},
    )
    def retrieve(self, request: Request, pk: UUID) -> HttpResponse:  # noqa: ARG002 - the framework's signature
        """Show a whole post, with the ETag by which it can be changed."""
        post = get_object_or_404(self.visible().for_reading(), pk=pk)
        self.cache_tags = of_posts([PostDetail.of(post)])
        return self.answer(post)

    @extend_schema(request=PostNew, responses={201: PostFull})
    def create(self, request: Request) -> HttpResponse:
        """Write a post, and publish it at once where `status` says so; else it is a draft.

        One to be published at a time to come is scheduled.
        """
        if not policy.can_create(request.user):
            raise PermissionDenied(_("Readers cannot write posts."))
        said = PostNew.said(request.data)
        self._check_authors(said)
        self._check_cover(said)
        new = actions.create(by=self.person, **said)
        path = f"{request.path.removesuffix('/')}/{new.pk}"
        address = request.build_absolute_uri(path)
        return self.answer(new, code=status.HTTP_201_CREATED, location=address)

    @extend_schema(parameters=[IF_MATCH], request=PostChange, responses=PostFull)
    def update(self, request: Request, pk: UUID) -> HttpResponse:
        """Replace a post's text and settings; what is left out gets its default.

        Address, date and authors stay when they are left out. Needs `If-Match` or `version`.
        """
        return self._edit(request, pk, defaults=_defaults())

    @extend_schema(parameters=[IF_MATCH], request=PostChange, responses=PostFull)
    def partial_update(self, request: Request, pk: UUID) -> HttpResponse:
        """Change some fields of a post. Needs `If-Match` or `version`."""
        return self._edit(request, pk, defaults=None)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a post. It can be restored."""
        self.refuse_fields()
        post, _vouched = self.editable(request, pk)
        actions.delete(post, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _edit(self, request: Request, pk: UUID, *, defaults: dict[str, Any] | None) -> HttpResponse:
        post, is_vouched = self.editable(request, pk)
        said = PostChange(post, data=request.data, partial=defaults is None)
        said.is_valid(raise_exception=True)
        changes = {**(defaults or {}), **said.validated_data}
        version = changes.pop("version", post.version if is_vouched else None)
        if version is None:
            raise Unconditional
        self._check_authors(changes)
        self._check_cover(changes, post)
        try:
            return self.answer(actions.edit(post, by=self.person, version=version, **changes))
        except actions.Conflict as conflict:
            if is_vouched:
                raise Stale from conflict
            raise Conflicting(str(conflict), current_version=conflict.current.version) from conflict

    def _check_authors(self, changes: dict[str, Any]) -> None:
        if "authors" in changes and not policy.can_name_authors(self.request.user):
            raise PermissionDenied(_("Only editors and owners can set “authors”."))

    def _check_cover(self, changes: dict[str, Any], post: Post | None = None) -> None:
        """Refuse an image that is somebody else's as if there were none; the cover may stay."""
        cover = changes.get("cover")
        if cover is None or (post is not None and cover.pk == post.cover_id):
            return
        if not usable_by(self.request.user).filter(pk=cover.pk).exists():
            raise ValidationError({"cover": [_("You do not have an image with this id.")]})


def _defaults() -> dict[str, Any]:
    """Return what PUT sets where nothing is said."""
    optional = {name for name, field in PostChange().fields.items() if not field.required} - KEPT
    own: dict[str, Any] = {"tags": [], "series": "", "cover": None}
    return {
        name: own[name] if name in own else Post._meta.get_field(name).get_default()  # type: ignore[union-attr]  # noqa: SLF001
        for name in optional
    }
