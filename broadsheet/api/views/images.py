"""Images: `/api/v1/images`."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from broadsheet.api.parsers import LimitedMultiPartParser
from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.images import (
    ImageSerializer,
    ImageUpdateSerializer,
    ImageUploadSerializer,
    ImageUseSerializer,
)
from broadsheet.api.views.base import BaseViewSet
from broadsheet.media import actions, policy, queries
from broadsheet.media.models import Image
from broadsheet.posts.models import unused
from broadsheet.posts.policy import listed_image_uses

QUERY = OpenApiParameter("q", description="Words in the name, description, caption or credit.")
NEEDS_DESCRIPTION = OpenApiParameter(
    "needs_description", bool, description="`true`: only images without a description."
)

UNUSED = OpenApiParameter("unused", bool, description="`true`: only images that no post uses.")


class ImageViewSet(ListModelMixin, RetrieveModelMixin, BaseViewSet):
    """Images that you can use in posts: your own; for editors, all."""

    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    parser_classes = (LimitedMultiPartParser, JSONParser)
    query_parameters = frozenset({"limit", "cursor", "q", "needs_description", "unused"})
    ordering = ("-created_at", "-id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Image]:
        """Return the images that the current user can use."""
        return policy.usable_by(self.request.user)

    @extend_schema(parameters=[QUERY, NEEDS_DESCRIPTION, UNUSED])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List images, the newest first."""
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filters of the list."""
        if self.action != "list":
            return queryset
        params = self.request.query_params
        for name in ("needs_description", "unused"):
            if params.get(name, "true") not in {"true", "false"}:
                raise ValidationError({f"?{name}": [_("Enter true or false.")]})
        if params.get("unused") == "true":
            queryset = unused(queryset)
        text = params.get("q", "")
        if "\0" in text:
            raise ValidationError({"?q": [_("Null characters are not allowed.")]})
        return queries.search(
            queryset,
            {"text": text, "needs_description": params.get("needs_description") == "true"},
        )

    def get_editable(self, pk: UUID) -> Image:
        """Return an image that the user can change. Raises Http404 and PermissionDenied."""
        image = get_object_or_404(self.get_queryset(), pk=pk)
        if not policy.can_edit(self.request.user, image):
            raise PermissionDenied(_("Only its owner and editors can change this image."))
        return image

    @extend_schema(
        request={"multipart/form-data": ImageUploadSerializer}, responses={201: ImageSerializer}
    )
    def create(self, request: Request) -> Response:
        """Upload an image. Uploading the same image again returns the existing one."""
        if not policy.can_upload(request.user):
            raise PermissionDenied(_("Readers cannot upload images."))
        upload = ImageUploadSerializer.parse(request.data)
        file, alt = upload["file"], upload.get("alt", "")
        image = actions.upload(file, name=file.name, by=self.user, alt=alt)
        url = reverse("api:image-detail", kwargs={"pk": image.pk}, request=request)
        return Response(
            self.get_serializer(image).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": url},
        )

    @extend_schema(request=ImageUpdateSerializer, responses=ImageSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change the description, caption, credit or focal point of an image."""
        image = self.get_editable(pk)
        changes = ImageUpdateSerializer.parse(request.data, partial=True)
        return Response(self.get_serializer(actions.edit(image, **changes)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002 - for the router
        """Delete an image. Refused (400) while a post, the site or a profile uses it."""
        actions.delete(self.get_editable(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=ImageUseSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def uses(self, request: Request, pk: UUID) -> Response:
        """List the posts that use an image, at most 100: published ones and those you can edit."""
        image = get_object_or_404(self.get_queryset(), pk=pk)
        uses = listed_image_uses(request.user, image)[:100]
        return Response(ImageUseSerializer(uses, many=True).data)
