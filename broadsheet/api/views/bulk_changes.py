"""Bulk changes: `/api/v1/bulk-changes`."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.bulk_changes import (
    BulkChangeCreateSerializer,
    BulkChangeSerializer,
)
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts import actions, bulk_progress
from broadsheet.posts.models import BulkChange
from broadsheet.posts.policy import can_create, get_bulk_change


class BulkChangeViewSet(BaseViewSet):
    """Changes of many posts at once, in the background."""

    queryset = BulkChange.objects.none()
    serializer_class = BulkChangeSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    lookup_value_converter = "uuid"

    @extend_schema(request=BulkChangeCreateSerializer, responses={202: BulkChangeSerializer})
    def create(self, request: Request) -> Response:
        """Change posts in the background. Posts that you may not edit are skipped."""
        if not can_create(request.user):
            raise PermissionDenied(_("Readers cannot change posts."))
        bulk = actions.create_bulk_change(
            by=self.user, **BulkChangeCreateSerializer.parse(request.data)
        )
        url = reverse("api:bulk-change-detail", kwargs={"pk": bulk.pk}, request=request)
        return Response(
            _representation(bulk), status=status.HTTP_202_ACCEPTED, headers={"Location": url}
        )

    @extend_schema(responses=BulkChangeSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Return how far a change of yours is."""
        return Response(_representation(get_bulk_change(request.user, pk)))

    @extend_schema(request=None, responses={202: BulkChangeSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: UUID) -> Response:
        """Undo a finished change. Posts that were edited since stay as they are."""
        self.require_empty_body()
        bulk = actions.undo_bulk_change(get_bulk_change(request.user, pk))
        return Response(_representation(bulk), status=status.HTTP_202_ACCEPTED)


def _representation(bulk: BulkChange) -> dict[str, Any]:
    progress = bulk_progress.of(bulk)
    left_out = [{"id": item.post_id, "reason": item.reason} for item in progress.left_out]
    numbers = {
        name: getattr(progress, name)
        for name in ("total", "done", "changed", "unchanged", "undone")
    }
    fields = {name: getattr(bulk, name) for name in ("id", "verb", "value", "state")}
    data: dict[str, Any] = BulkChangeSerializer({**fields, **numbers, "left_out": left_out}).data
    return data
