"""People, oneself and one's tokens: `/api/v1/users`, `/api/v1/me`, `/api/v1/tokens`."""

from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.accounts import actions
from broadsheet.accounts.cache_tags import NAMES
from broadsheet.accounts.models import Token, User
from broadsheet.api.permissions import InPerson, TokenAllows
from broadsheet.api.serializers.people import (
    Me,
    Person,
    ProfileChange,
    TokenAsked,
    TokenMade,
    TokenShown,
)
from broadsheet.api.views.resource import Resource


class People(ListModelMixin, Resource):
    """Those who write here."""

    queryset = User.objects.public()
    serializer_class = Person
    cache_tags = (NAMES,)
    ordering = ("id",)
    lookup_field = "username"
    lookup_value_converter = "str"

    def retrieve(self, request: Request, username: str) -> Response:  # noqa: ARG002 - the framework's signature
        """Show a person's public page."""
        people = self.get_queryset().alias(key=Lower("username"))  # as the index has it
        person = get_object_or_404(people, key=username.lower())
        return Response(self.get_serializer(person).data)


class Oneself(Resource):
    """Who you are here."""

    serializer_class = Me
    permission_classes = (IsAuthenticated, TokenAllows)

    def retrieve(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """Show your account."""
        return Response(self.get_serializer(self.person).data)

    @extend_schema(request=ProfileChange)
    def partial_update(self, request: Request) -> Response:
        """Change what you say of yourself."""
        said = ProfileChange(self.person, data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        person = actions.edit_profile(self.person, **said.validated_data)
        return Response(self.get_serializer(person).data)


class Tokens(ListModelMixin, Resource):
    """Your programs' keys. Managed by you in person: not with a token."""

    queryset = Token.objects.none()
    serializer_class = TokenShown
    permission_classes = (IsAuthenticated, InPerson)
    ordering = ("-id",)
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Token]:
        """Return one's own."""
        return Token.objects.filter(user=self.request.user.pk)

    @extend_schema(request=TokenAsked, responses={201: TokenMade})
    def create(self, request: Request) -> Response:
        """Make a token. Its key is shown this once."""
        said = TokenAsked(data=request.data)
        said.is_valid(raise_exception=True)
        asked = {"scope": Token.Scope.READ, "expires_at": None, **said.validated_data}
        token, key = actions.create_token(self.person, **asked)
        shown = {**TokenShown(token).data, "key": key}
        return Response(
            shown, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"}
        )

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002 - the framework's signature
        """Revoke a token at once."""
        self.refuse_fields()
        actions.revoke_token(get_object_or_404(self.get_queryset(), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
