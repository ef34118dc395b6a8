"""The tutorials' URLs, a post's page, and a feed of the newest twenty posts."""

from typing import Any

from django.contrib.syndication.views import Feed
from django.urls import include, path
from django.views.generic import DetailView
from myapp.models import Post  # type: ignore[import-not-found]


class Newest(Feed):  # type: ignore[type-arg] # not generic at run time
    """Feed of the newest posts, as in Django's documentation."""

    title = "Blog Posts"
    link = "/myapp/posts/"
    description = "The newest posts."

    def items(self) -> Any:
        return Post.objects.order_by("-pub_date")[:20]

    def item_title(self, item: Any) -> str:
        return str(item.title)

    def item_description(self, item: Any) -> str:
        return str(item.content)

    def item_link(self, item: Any) -> str:
        return f"/myapp/posts/{item.pk}/"


urlpatterns = [
    path("myapp/posts/<int:pk>/", DetailView.as_view(model=Post, template_name="post.html")),
    path("myapp/feed/", Newest()),
    path("", include("myproject.urls")),
]
