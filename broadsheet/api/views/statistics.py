"""Views of posts: `/api/v1/statistics`, `/api/v1/posts/<id>/statistics`."""

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from broadsheet.api.permissions import HasTokenScope
from broadsheet.api.serializers.statistics import StatisticsSerializer
from broadsheet.api.views.base import BaseViewSet
from broadsheet.posts.models import Post
from broadsheet.statistics import policy, queries

MAX_DAYS, DEFAULT_DAYS = 366, 30
_SINGLE = forced_singular_serializer(StatisticsSerializer)  # type: ignore[no-untyped-call]
_DAYS = OpenApiParameter(
    "days",
    {"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": DEFAULT_DAYS},
    description="Length of the period in days. Its last day is today.",
)
_POST = OpenApiParameter("post", OpenApiTypes.UUID, OpenApiParameter.PATH)


class StatisticsViewSet(BaseViewSet):
    """Views per day, the most viewed posts, and the hosts of referrers."""

    queryset = Post.objects.none()
    serializer_class = StatisticsSerializer
    permission_classes = (IsAuthenticated, HasTokenScope)
    pagination_class = None
    filter_backends = ()
    query_parameters = frozenset({"days"})

    @extend_schema(responses=_SINGLE, parameters=[_DAYS])
    def list(self, request: Request) -> Response:
        """Return the statistics of all posts that you can edit."""
        if not policy.can_view(request.user):
            raise PermissionDenied(_("Only authors can see statistics."))
        period = queries.statistics(policy.counted_posts(request.user), days=_days(request))
        return Response(StatisticsSerializer(period).data)


class PostStatisticsViewSet(StatisticsViewSet):
    """Views per day of one post, and the hosts of referrers."""

    @extend_schema(responses=_SINGLE, parameters=[_DAYS, _POST])
    def list(self, request: Request, post: UUID) -> Response:  # type: ignore[override]
        """Return the statistics of a post that you can edit."""
        row = policy.get_counted(request.user, post)
        period = queries.statistics(Post.objects.filter(pk=row.pk), days=_days(request))
        return Response(StatisticsSerializer(period).data)


def _days(request: Request) -> int:
    text = request.query_params.get("days", str(DEFAULT_DAYS))
    days = int(text) if text.isascii() and text.isdecimal() and len(text) <= len("366") else 0
    if not 1 <= days <= MAX_DAYS:
        message = _("Give a number of days from 1 to %d.") % MAX_DAYS
        raise ValidationError({"?days": [message]})
    return days
