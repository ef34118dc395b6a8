"""Revisions of a post: `/api/v1/posts/<id>/revisions`."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.api.exceptions import ConflictError
from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.posts import (
    RevisionDetailSerializer,
    RevisionNameSerializer,
    RevisionRestoreSerializer,
    RevisionSummarySerializer,
)
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts import actions, policy
from broadsheet.posts.models import REVISION_FILTERS, Revision

_SHOW = OpenApiParameter(
    "show",
    enum=sorted(REVISION_FILTERS),
    description="Only versions that are published, or that have a name.",
)


class RevisionViewSet(BaseViewSet):
    """Saved versions of a post that you can edit."""

    queryset = Revision.objects.none()
    serializer_class = RevisionDetailSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    ordering = ("-number",)
    query_parameters = BaseViewSet.query_parameters | {"show"}

    @extend_schema(responses=RevisionSummarySerializer(many=True), parameters=[_SHOW])
    def list(self, request: Request, post: UUID) -> Response:
        """List the revisions of a post that you can edit, the latest first."""
        revisions = self._revisions(request, post)
        show = request.query_params.get("show")
        if show is not None:
            if show not in REVISION_FILTERS:
                raise ValidationError({"?show": [_("Choose published or named.")]})
            revisions = revisions.filter(REVISION_FILTERS[show])
        page = self.paginate_queryset(revisions.defer("content", "fields"))
        return self.get_paginated_response(RevisionSummarySerializer(page, many=True).data)

    @extend_schema(responses=RevisionDetailSerializer)
    def retrieve(self, request: Request, post: UUID, number: int) -> Response:
        """Return a revision with its texts."""
        revision = get_object_or_404(self._revisions(request, post), number=number)
        return Response(RevisionDetailSerializer(revision).data)

    @extend_schema(request=RevisionNameSerializer, responses=RevisionSummarySerializer)
    def partial_update(self, request: Request, post: UUID, number: int) -> Response:
        """Name a revision, or remove its name. Autosaves do not replace a revision with a name."""
        revision = get_object_or_404(self._revisions(request, post), number=number)
        name = RevisionNameSerializer.parse(request.data)["name"]
        try:
            revision = actions.name_revision(revision, name)
        except Revision.DoesNotExist as error:
            current = revision.post.version
            raise ConflictError(
                _("This version was saved again in the meantime."), current_version=current
            ) from error
        return Response(RevisionSummarySerializer(revision).data)

    @extend_schema(request=RevisionRestoreSerializer, responses=RevisionSummarySerializer)
    def restore(self, request: Request, post: UUID, number: int) -> Response:
        """Save the fields of a revision as the newest version. URL and authors stay."""
        revision = get_object_or_404(self._revisions(request, post), number=number)
        version = RevisionRestoreSerializer.parse(request.data)["version"]
        try:
            restored = actions.restore_revision(revision, by=self.user, version=version)
        except actions.EditConflictError as conflict:
            raise ConflictError(
                str(conflict), current_version=conflict.current.version
            ) from conflict
        newest = get_object_or_404(self._revisions(request, post), number=restored.version)
        return Response(RevisionSummarySerializer(newest).data)

    def _revisions(self, request: Request, post: UUID) -> QuerySet[Revision]:
        return policy.get_editable(request.user, post).revisions.select_related("saved_by")
