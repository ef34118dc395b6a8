"""URLs of the API. Each works with and without a trailing slash; it is named without."""

from broadsheet.api import light  # noqa: F401 - first, before all else that imports the framework

# isort: split
from typing import Any, cast

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern
from rest_framework.routers import SimpleRouter

from broadsheet.api.views.docs import Description, Docs
from broadsheet.api.views.files import Images, SeriesOfPosts, Tags
from broadsheet.api.views.people import Oneself, People, Tokens
from broadsheet.api.views.posts import Posts
from broadsheet.api.views.revisions import Revisions
from broadsheet.api.views.root import Problem, Root, Unknown


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
router.register("posts", Posts, "post")
router.register("tags", Tags, "tag")
router.register("series", SeriesOfPosts, "series")
router.register("users", People, "user")
router.register("images", Images, "image")
router.register("tokens", Tokens, "token")

version_1: list[URLPattern] = [
    *cast("list[URLPattern]", router.urls),  # a simple router includes nothing
    path("posts/<uuid:post>/revisions", Revisions.as_view({"get": "list"}), name="revision-list"),
    path(
        "posts/<uuid:post>/revisions/<int:number>",
        Revisions.as_view({"get": "retrieve"}),
        name="revision-detail",
    ),
    path("me", Oneself.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("problems/<slug:kind>", Problem.as_view(), name="problem"),
    path("openapi.json", Description.as_view(), name="schema"),
    path("docs", Docs.as_view(), name="docs"),
]

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("/v1", Root.as_view(), name="root"),
    path("/v1/", Root.as_view(schema=None)),
    path("/v1/", include([slash_optional(route) for route in version_1])),
    re_path(r"^(/(?s:.*))?$", Unknown.as_view()),
]
