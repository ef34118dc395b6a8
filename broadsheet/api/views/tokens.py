"""API tokens: `/api/v1/tokens`."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.accounts import actions
from broadsheet.accounts.models import Token
from broadsheet.api.permissions import SessionOnly
from broadsheet.api.serializers.tokens import (
    TokenCreatedSerializer,
    TokenCreateSerializer,
    TokenSerializer,
)
from broadsheet.api.views.base import BaseViewSet


class TokenViewSet(ListModelMixin, BaseViewSet):
    """Your API tokens. A token cannot manage tokens: log in with a session."""

    queryset = Token.objects.none()
    serializer_class = TokenSerializer
    permission_classes = (IsAuthenticated, SessionOnly)
    ordering = ("-id",)
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Token]:
        """Return the current user's tokens."""
        return Token.objects.filter(user=self.request.user.pk)

    @extend_schema(request=TokenCreateSerializer, responses={201: TokenCreatedSerializer})
    def create(self, request: Request) -> Response:
        """Create a token. Its key is shown only once."""
        fields = {
            "scope": Token.Scope.READ,
            "expires_at": None,
            **TokenCreateSerializer.parse(request.data),
        }
        token, key = actions.create_token(self.user, **fields)
        return Response(
            {**self.get_serializer(token).data, "key": key},
            status=status.HTTP_201_CREATED,
            headers={"Cache-Control": "no-store"},
        )

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002 - the framework's signature
        """Revoke a token, effective immediately."""
        self.require_empty_body()
        actions.revoke_token(get_object_or_404(self.get_queryset(), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
