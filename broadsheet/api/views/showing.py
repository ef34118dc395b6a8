"""How posts are shown to whom, and what must hold before one is changed."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.request import Request

from broadsheet.accounts.models import User
from broadsheet.api.preconditions import check_if_match, etag
from broadsheet.api.views.resource import Resource
from broadsheet.api.whole import written
from broadsheet.posts import policy
from broadsheet.posts.models import Post, PostQuerySet

IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag you read. If the post has changed since, the request fails with 412.",
)


class ShowsPosts(Resource):
    """What the views of posts share."""

    def visible(self) -> PostQuerySet:
        """Return what the visitor may read."""
        user = self.request.user
        return Post.objects.visible_to(user if isinstance(user, User) else None)

    def seen_with(self, posts: Iterable[Model]) -> dict[str, Any]:
        """Return the serializers' context: which of `posts` the visitor may edit is one query."""
        workable = policy.workable(self.request.user)
        ids = workable.filter(pk__in=[post.pk for post in posts]).values_list("pk", flat=True)
        return {**self.get_serializer_context(), "editable": set(ids)}

    def shown(self, post: Post) -> str:
        """Return the whole `post` as the visitor sees it, as JSON."""
        base = self.request.build_absolute_uri("/").removesuffix("/")
        return written(post, base=base, is_editable=policy.can_edit(self.request.user, post))

    def answer(
        self, post: Post, *, code: int = status.HTTP_200_OK, location: str = ""
    ) -> HttpResponse:
        """Return the whole `post`, with the ETag by which it can be changed."""
        text = self.shown(post)
        headers = {"ETag": etag(text)} | ({"Location": location} if location else {})
        return HttpResponse(text, "application/json", code, headers=headers)

    def editable(self, request: Request, pk: UUID) -> tuple[Post, bool]:
        """Return the post and whether `If-Match` vouched for it. Raises Stale, and as `policy`."""
        post = policy.get_editable(request.user, pk)
        return post, check_if_match(request, lambda: etag(self.shown(post)))
