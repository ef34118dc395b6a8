"""The versions of a post: `/api/v1/posts/<id>/revisions`."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.api.permissions import TokenAllows
from broadsheet.api.serializers.posts import RevisionFull, RevisionSummary
from broadsheet.api.views.resource import Resource
from broadsheet.posts import policy
from broadsheet.posts.models import Revision


class Revisions(Resource):
    """What a post was like each time it was saved."""

    queryset = Revision.objects.none()
    serializer_class = RevisionFull
    permission_classes = (IsAuthenticated, TokenAllows)
    ordering = ("-number",)

    @extend_schema(responses=RevisionSummary(many=True))
    def list(self, request: Request, post: UUID) -> Response:
        """List the versions of a post you may edit, the latest first."""
        page = self.paginate_queryset(self._of(request, post).defer("content", "fields"))
        return self.get_paginated_response(RevisionSummary(page, many=True).data)

    @extend_schema(responses=RevisionFull)
    def retrieve(self, request: Request, post: UUID, number: int) -> Response:
        """Show one version with its texts."""
        found = get_object_or_404(self._of(request, post), number=number)
        return Response(RevisionFull(found).data)

    def _of(self, request: Request, post: UUID) -> QuerySet[Revision]:
        found = policy.get_editable(request.user, post)
        return found.revisions.select_related("saved_by")
