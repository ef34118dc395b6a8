"""Base classes of the public pages."""

from collections.abc import Iterable
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from broadsheet.lib.keyset import AFTER
from broadsheet.lib.site_timezone import to_local
from broadsheet.pagecache import set_cache_tags
from broadsheet.posts.queries import PostLink, PostSummary
from broadsheet.public import pagination
from broadsheet.public.legacy_redirects import redirect_fallback
from broadsheet.public.locale import site_locale
from broadsheet.public.meta import FeedLink, PageMeta, feed_links, site_url
from broadsheet.publication.context_processors import get_site
from broadsheet.publication.queries import SiteConfig

_RULES = '"/speculation-rules.json"'  # a structured field (RFC 9651), hence the quotes


@method_decorator(redirect_fallback, name="dispatch")
class PublicView(TemplateView):
    """A page that is the same for every visitor: it uses no session, user or CSRF token.

    Context of every page: `site` (publication.SiteConfig) and `meta` (public.meta.PageMeta: title,
    description, url, robots, image, feeds, json_ld), which `base.html` shows in the block `head`.
    """

    http_method_names = ["get", "head", "options"]
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Respond in the site's locale. Caches must revalidate the page before each use."""
        with site_locale(self.site):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
        patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
        response.headers["Speculation-Rules"] = _RULES
        return response

    @cached_property
    def site(self) -> SiteConfig:
        """The site's settings, loaded once per request."""
        return get_site(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `site` and `meta`."""
        context = super().get_context_data(site=self.site, **kwargs)
        context["meta"] = self.meta(context)
        return context

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the page, from its otherwise complete context."""
        raise NotImplementedError

    def feeds(self, stem: str = "/", name: str = "") -> tuple[FeedLink, ...]:
        """Return links to the feeds below the path `stem`; `name` is that of the tag or author."""
        return feed_links(stem, f"{name} · {self.site.name}" if name else self.site.name)


class CachedPageView(PublicView):
    """A page that is cached until one of its cache tags is invalidated."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Set the response's cache tags."""
        response = super().render_to_response(context, **kwargs)
        set_cache_tags(response, (*self.site.cache_tags(), *self.cache_tags(context)))
        return response

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the cache tags of all lists and rows that the page shows, except the site's."""
        raise NotImplementedError


class PostList[T: (PostSummary, PostLink)](CachedPageView):
    """A paginated list of posts.

    Context: `posts` (list of PostSummary or PostLink), `is_first` (whether this is the list's
    first page), `older_url` (URL of the next page; empty on the last one), `first_url` (URL of
    the first page; empty on it).
    """

    def list_page(self) -> pagination.KeysetPage[T]:
        """Return the posts of this page."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the posts and the pagination URLs."""
        list_page = self.list_page()
        path = self.request.path
        is_first = not self.request.GET.get(AFTER)
        older = f"{path}?{urlencode({AFTER: str(list_page.after)})}" if list_page.after else ""
        return super().get_context_data(
            posts=list_page.posts,
            is_first=is_first,
            older_url=older,
            first_url="" if is_first else path,
            **kwargs,
        )

    @cached_property
    def url(self) -> str:
        """The canonical URL of this page of the list."""
        after = self.request.GET.get(AFTER)
        query = f"?{urlencode({AFTER: after})}" if after else ""
        return site_url(self.request.path + query)


class PostLinkList(PostList[PostLink]):
    """A paginated list of post links, grouped by year.

    Context: as PostList, and `years`: the posts of this page as a list of (year, posts).
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Group the posts by year."""
        context = super().get_context_data(**kwargs)
        grouped = groupby(context["posts"], key=lambda post: to_local(post.pub_date).year)
        context["years"] = [(year, list(posts)) for year, posts in grouped]
        return context
