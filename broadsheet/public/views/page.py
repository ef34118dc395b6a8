"""What all public pages have in common."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from broadsheet.public import paging
from broadsheet.public.meta import FeedLink, Meta, feed_links, site_url
from broadsheet.public.moved import or_moved
from broadsheet.publication.models import Site

_RULES = '"/speculation-rules.json"'  # a structured field (RFC 9651), hence the quotes


@method_decorator(or_moved, name="dispatch")
class Page(TemplateView):
    """A page that is the same for every reader: it knows no session, account or form token.

    Context of every page: `site` (publication.Site), `meta` (public.meta.Meta: title, description,
    url, robots, picture, feeds, json_ld; written by `public/_meta.html`, which a page's template
    gets by extending `base.html` and including it in the block `head`).
    """

    http_method_names = ["get", "head", "options"]
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, for anyone to keep who asks again before using it."""
        response = super().dispatch(request, *args, **kwargs)
        patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
        response.headers["Speculation-Rules"] = _RULES
        return response

    @cached_property
    def site(self) -> Site:
        """The site, read once."""
        return Site.current()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the class says of its context, and `site` and `meta`."""
        context = super().get_context_data(site=self.site, **kwargs)
        context["meta"] = self.meta(context)
        return context

    def meta(self, context: dict[str, Any]) -> Meta:
        """Say what this page is; `context` is complete but for this."""
        raise NotImplementedError

    def feeds(self, stem: str = "/", name: str = "") -> list[FeedLink]:
        """Return the feeds below `stem`, of something called `name` on this site."""
        return feed_links(stem, f"{name} · {self.site.name}" if name else self.site.name)


class PostList(Page):
    """A list of posts, a stretch of it per page.

    Context: `posts` (list of Post: title, subtitle, slug, get_absolute_url, description, pub_date,
    minutes, cover, cover_src, cover_alt, authors.all, tags.all, series; no html or content),
    `is_first` (whether this is the list's first page), `older_url` (the next page; empty at the
    end), `first_url` (the first page; empty on it).
    """

    page_size = 20

    def stretch(self) -> paging.Stretch:
        """Return the posts of this page."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the posts and the ways on."""
        stretch = self.stretch()
        path = self.request.path
        is_first = not self.request.GET.get("after")
        older = f"{path}?{urlencode({'after': str(stretch.after)})}" if stretch.after else ""
        return super().get_context_data(
            posts=stretch.posts,
            is_first=is_first,
            older_url=older,
            first_url="" if is_first else path,
            **kwargs,
        )

    @cached_property
    def url(self) -> str:
        """The canonical address of this page of the list."""
        after = self.request.GET.get("after")
        query = f"?{urlencode({'after': after})}" if after else ""
        return site_url(self.request.path + query)
