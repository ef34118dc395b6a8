"""Tags, series and images: `/api/v1/tags`, `/api/v1/series`, `/api/v1/images`."""

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.api.parsers import Multipart
from broadsheet.api.permissions import TokenAllows
from broadsheet.api.serializers.files import ImageShown, ImageUpload, SeriesShown, TagShown
from broadsheet.api.views.resource import Resource
from broadsheet.media import actions, policy
from broadsheet.media.models import Image
from broadsheet.posts.models import Post, PostTag, Series, Tag


class Tags(ListModelMixin, RetrieveModelMixin, Resource):
    """Subjects of published posts."""

    queryset = Tag.objects.filter(
        Exists(PostTag.objects.filter(tag=OuterRef("pk"), listed_at__isnull=False))
    )
    serializer_class = TagShown
    cache_tags = (NAMES,)
    ordering = ("slug",)
    lookup_field = "slug"
    lookup_value_converter = "str"


class SeriesOfPosts(ListModelMixin, RetrieveModelMixin, Resource):
    """Series in which something is published."""

    queryset = Series.objects.filter(Exists(Post.objects.published().filter(series=OuterRef("pk"))))
    serializer_class = SeriesShown
    cache_tags = (NAMES,)
    ordering = ("slug",)
    lookup_field = "slug"
    lookup_value_converter = "str"


class Images(ListModelMixin, RetrieveModelMixin, Resource):
    """Images you uploaded."""

    queryset = Image.objects.none()
    serializer_class = ImageShown
    permission_classes = (IsAuthenticated, TokenAllows)
    parser_classes = (Multipart,)
    ordering = ("-created_at", "-id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Image]:
        """Return one's own."""
        return policy.uploaded_by(self.request.user)

    @extend_schema(request={"multipart/form-data": ImageUpload}, responses={201: ImageShown})
    def create(self, request: Request) -> Response:
        """Upload an image. The same image twice is kept once."""
        if not policy.can_upload(request.user):
            raise PermissionDenied(_("Readers cannot upload images."))
        said = ImageUpload(data=request.data)
        said.is_valid(raise_exception=True)
        file = said.validated_data["file"]
        alt = said.validated_data.get("alt", "")
        image = actions.upload(file, name=file.name, by=self.person, alt=alt)
        address = reverse("api:image-detail", kwargs={"pk": image.pk}, request=request)
        shown = ImageShown(image, context=self.get_serializer_context()).data
        return Response(shown, status=status.HTTP_201_CREATED, headers={"Location": address})
