"""Users and the current user: `/api/v1/users`, `/api/v1/me`."""

from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.accounts import actions
from broadsheet.accounts.cache_tags import NAMES
from broadsheet.accounts.models import User
from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.users import (
    MeSerializer,
    ProfileUpdateSerializer,
    UserSerializer,
)
from broadsheet.api.views.base import BaseViewSet


class UserViewSet(ListModelMixin, BaseViewSet):
    """Users with a public page: the authors of this site."""

    queryset = User.objects.public()
    serializer_class = UserSerializer
    cache_tags = (NAMES,)
    ordering = ("id",)
    lookup_field = "username"
    lookup_value_converter = "str"

    def retrieve(self, request: Request, username: str) -> Response:  # noqa: ARG002 - the framework's signature
        """Return a user's public profile."""
        users = self.get_queryset().alias(key=Lower("username"))  # the indexed expression
        user = get_object_or_404(users, key=username.lower())
        return Response(self.get_serializer(user).data)


class MeViewSet(BaseViewSet):
    """Your account."""

    serializer_class = MeSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)

    def retrieve(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """Return your account."""
        return Response(self.get_serializer(self.user).data)

    @extend_schema(request=ProfileUpdateSerializer)
    def partial_update(self, request: Request) -> Response:
        """Change your profile."""
        changes = ProfileUpdateSerializer.parse(request.data, partial=True)
        user = actions.edit_profile(self.user, **changes)
        return Response(self.get_serializer(user).data)
