"""Images: `/api/v1/images`."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from broadsheet.api.parsers import LimitedMultiPartParser
from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.images import ImageSerializer, ImageUploadSerializer
from broadsheet.api.views.base import BaseViewSet
from broadsheet.media import actions, policy
from broadsheet.media.models import Image


class ImageViewSet(ListModelMixin, RetrieveModelMixin, BaseViewSet):
    """Images that you uploaded."""

    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    parser_classes = (LimitedMultiPartParser,)
    ordering = ("-created_at", "-id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Image]:
        """Return the current user's images."""
        return policy.uploaded_by(self.request.user)

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
