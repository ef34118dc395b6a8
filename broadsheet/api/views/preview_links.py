"""Preview links of a post: `/api/v1/posts/<id>/preview-links`."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.preview_links import (
    PreviewLinkCreatedSerializer,
    PreviewLinkCreateSerializer,
    PreviewLinkSerializer,
)
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts import actions, policy
from broadsheet.posts.models import PreviewLink


class PreviewLinkViewSet(BaseViewSet):
    """Links with which people without an account can read a post before it is published."""

    queryset = PreviewLink.objects.none()
    serializer_class = PreviewLinkSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    ordering = ("-id",)

    @extend_schema(responses=PreviewLinkSerializer(many=True))
    def list(self, request: Request, post: UUID) -> Response:
        """List the preview links of a post that you can edit, the latest first."""
        page = self.paginate_queryset(self._links(request, post))
        return self.get_paginated_response(PreviewLinkSerializer(page, many=True).data)

    @extend_schema(
        request=PreviewLinkCreateSerializer, responses={201: PreviewLinkCreatedSerializer}
    )
    def create(self, request: Request, post: UUID) -> Response:
        """Create a preview link. Its URL is shown only once."""
        editable = policy.get_editable(request.user, post)
        fields = PreviewLinkCreateSerializer.parse(request.data)
        link, token = actions.create_preview_link(editable, by=self.user, **fields)
        url = request.build_absolute_uri(reverse("public:shared-preview", args=[token]))
        return Response(
            {**PreviewLinkSerializer(link).data, "url": url},
            status=status.HTTP_201_CREATED,
            headers={"Cache-Control": "no-store"},
        )

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, post: UUID, pk: UUID) -> Response:
        """Revoke a preview link, effective immediately."""
        links = self._links(request, post)
        self.require_empty_body()
        actions.revoke_preview_link(get_object_or_404(links, pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _links(self, request: Request, post: UUID) -> QuerySet[PreviewLink]:
        links = policy.get_editable(request.user, post).preview_links
        return links.select_related("created_by")
