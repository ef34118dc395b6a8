"""URLs of the API. Each works with and without a trailing slash; it is named without."""

from typing import Any, cast

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern
from rest_framework.routers import SimpleRouter

from broadsheet.api.views.bulk_changes import BulkChangeViewSet
from broadsheet.api.views.docs import DocsView, SchemaView
from broadsheet.api.views.images import ImageViewSet
from broadsheet.api.views.posts import PostViewSet
from broadsheet.api.views.preview_links import PreviewLinkViewSet
from broadsheet.api.views.problems import ProblemTypeView, UnknownEndpointView
from broadsheet.api.views.revisions import RevisionViewSet
from broadsheet.api.views.root import RootView
from broadsheet.api.views.statistics import PostStatisticsViewSet, StatisticsViewSet
from broadsheet.api.views.taxonomy import SeriesViewSet, TagViewSet
from broadsheet.api.views.tokens import TokenViewSet
from broadsheet.api.views.users import MeViewSet, UserViewSet


class SlashOptionalPattern(RoutePattern):
    """A route that also matches with a trailing slash: one view, and one path in the schema."""

    def match(self, path: str) -> Any:
        """Match without the slash, if there is one."""
        return super().match(path.removesuffix("/"))


def slash_optional(route: URLPattern) -> URLPattern:
    """Return `route` so that it also matches with a trailing slash."""
    pattern = SlashOptionalPattern(str(route.pattern), name=route.name, is_endpoint=True)
    return URLPattern(pattern, route.callback, route.default_args, route.name)


router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("posts", PostViewSet, "post")
router.register("tags", TagViewSet, "tag")
router.register("series", SeriesViewSet, "series")
router.register("users", UserViewSet, "user")
router.register("images", ImageViewSet, "image")
router.register("bulk-changes", BulkChangeViewSet, "bulk-change")
router.register("tokens", TokenViewSet, "token")

version_1: list[URLPattern] = [
    *cast("list[URLPattern]", router.urls),  # a simple router includes nothing
    path(
        "posts/<uuid:post>/revisions",
        RevisionViewSet.as_view({"get": "list"}),
        name="revision-list",
    ),
    path(
        "posts/<uuid:post>/revisions/<int:number>",
        RevisionViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="revision-detail",
    ),
    path(
        "posts/<uuid:post>/revisions/<int:number>/restore",
        RevisionViewSet.as_view({"post": "restore"}),
        name="revision-restore",
    ),
    path(
        "posts/<uuid:post>/preview-links",
        PreviewLinkViewSet.as_view({"get": "list", "post": "create"}),
        name="preview-link-list",
    ),
    path(
        "posts/<uuid:post>/preview-links/<uuid:pk>",
        PreviewLinkViewSet.as_view({"delete": "destroy"}),
        name="preview-link-detail",
    ),
    path(
        "posts/<uuid:post>/statistics",
        PostStatisticsViewSet.as_view({"get": "list"}),
        name="post-statistics",
    ),
    path("statistics", StatisticsViewSet.as_view({"get": "list"}), name="statistics"),
    path("me", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("problems/<slug:kind>", ProblemTypeView.as_view(), name="problem"),
    path("openapi.json", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(), name="docs"),
]

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("/v1", RootView.as_view(), name="root"),
    path("/v1/", RootView.as_view(schema=None)),
    path("/v1/", include([slash_optional(route) for route in version_1])),
    re_path(r"^(/(?s:.*))?$", UnknownEndpointView.as_view()),
]
