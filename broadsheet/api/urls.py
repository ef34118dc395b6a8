"""Addresses of the api room. None has a slash at its end, but the root takes one."""

from broadsheet.api import light  # noqa: F401 - first, before all else that imports the framework

# isort: split
from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from broadsheet.api.views.docs import Description, Docs
from broadsheet.api.views.files import Images, SeriesOfPosts, Tags
from broadsheet.api.views.people import Oneself, People, Tokens
from broadsheet.api.views.posts import Posts
from broadsheet.api.views.revisions import Revisions
from broadsheet.api.views.root import Problem, Root, Unknown

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("posts", Posts, "post")
router.register("tags", Tags, "tag")
router.register("series", SeriesOfPosts, "series")
router.register("users", People, "user")
router.register("images", Images, "image")
router.register("tokens", Tokens, "token")

version_1: list[URLPattern | URLResolver] = [
    *router.urls,
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
    path("/v1/", include(version_1)),
    re_path(r"^(/(?s:.*))?$", Unknown.as_view()),
]
