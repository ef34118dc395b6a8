"""Revisions of a post: `/api/v1/posts/<id>/revisions`."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.posts import RevisionDetailSerializer, RevisionSummarySerializer
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts import policy
from broadsheet.posts.models import Revision


class RevisionViewSet(BaseViewSet):
    """Saved versions of a post that you can edit."""

    queryset = Revision.objects.none()
    serializer_class = RevisionDetailSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    ordering = ("-number",)

    @extend_schema(responses=RevisionSummarySerializer(many=True))
    def list(self, request: Request, post: UUID) -> Response:
        """List the revisions of a post that you can edit, the latest first."""
        page = self.paginate_queryset(self._revisions(request, post).defer("content", "fields"))
        return self.get_paginated_response(RevisionSummarySerializer(page, many=True).data)

    @extend_schema(responses=RevisionDetailSerializer)
    def retrieve(self, request: Request, post: UUID, number: int) -> Response:
        """Return a revision with its texts."""
        revision = get_object_or_404(self._revisions(request, post), number=number)
        return Response(RevisionDetailSerializer(revision).data)

    def _revisions(self, request: Request, post: UUID) -> QuerySet[Revision]:
        return policy.get_editable(request.user, post).revisions.select_related("saved_by")
