"""Where a post stands: published, scheduled, unlisted, archived, a draft again or restored."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from broadsheet.api.serializers.posts import PostFull, PublishAt
from broadsheet.api.views.showing import IF_MATCH, ShowsPosts
from broadsheet.posts import actions, policy


class Standing(ShowsPosts):
    """The verbs of `/api/v1/posts/<id>/<verb>`."""

    @extend_schema(parameters=[IF_MATCH], request=PublishAt, responses=PostFull)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> HttpResponse:
        """Publish a post, now or at a time to come."""
        post, _vouched = self.editable(request, pk)
        at = PublishAt.said(request.data).get("at")
        return self.answer(actions.publish(post, by=self.person, at=at))

    @extend_schema(parameters=[IF_MATCH], request=None, responses=PostFull)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, pk: UUID) -> HttpResponse:
        """Make a post a draft again. It keeps its date."""
        self.refuse_fields()
        post, _vouched = self.editable(request, pk)
        return self.answer(actions.unpublish(post, by=self.person))

    @extend_schema(parameters=[IF_MATCH], request=None, responses=PostFull)
    @action(detail=True, methods=["post"])
    def unlist(self, request: Request, pk: UUID) -> HttpResponse:
        """Make a post readable for those who have its address, and show it in no list."""
        self.refuse_fields()
        post, _vouched = self.editable(request, pk)
        return self.answer(actions.unlist(post, by=self.person))

    @extend_schema(parameters=[IF_MATCH], request=None, responses=PostFull)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> HttpResponse:
        """Take a post out of the lists for good; its address goes on working."""
        self.refuse_fields()
        post, _vouched = self.editable(request, pk)
        return self.answer(actions.archive(post, by=self.person))

    @extend_schema(request=None, responses=PostFull)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> HttpResponse:
        """Bring a deleted post back as it was."""
        self.refuse_fields()
        post = policy.get_restorable(request.user, pk)
        return self.answer(actions.restore(post, by=self.person))
