"""Search."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from broadsheet import search
from broadsheet.posts.models import Post
from broadsheet.public.meta import Meta, site_url
from broadsheet.public.views.page import Page

PAGE_SIZE = 20
LAST_PAGE = 50
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Result:
    """A post that was found; `title` and `snippet` are safe HTML with the words in `<mark>`."""

    post: Post
    title: SafeString
    snippet: SafeString


class Search(Page):
    """What was found for `?q=`. Template `public/search.html`.

    Context: `query` (text as typed, to be escaped; empty before the first search), `results` (list
    of Result: post as in PostList, title, snippet), `page` (int), `older_url` and `newer_url` (the
    next and the page before; empty where there is none).
    """

    template_name = "public/search.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Search."""
        query = self.request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
        page = _page(self.request.GET.get("page", "1"))
        hits = search.find(query, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
        has_more = len(hits) > PAGE_SIZE and page < LAST_PAGE
        hits = hits[:PAGE_SIZE]
        posts = Post.objects.published().for_list().in_bulk([hit.id for hit in hits])
        return super().get_context_data(
            query=query,
            page=page,
            # The search room promises safe HTML.
            results=[
                Result(posts[hit.id], mark_safe(hit.title), mark_safe(hit.snippet))  # noqa: S308
                for hit in hits
                if hit.id in posts
            ],
            older_url=self._url(query, page + 1) if has_more else "",
            newer_url=self._url(query, page - 1) if page > 1 else "",
            **kwargs,
        )

    def _url(self, query: str, page: int) -> str:
        return f"{self.request.path}?{urlencode({'q': query, 'page': page})}"

    def meta(self, context: dict[str, Any]) -> Meta:
        """Keep what was searched out of search engines."""
        title = _("Search: %s") % context["query"] if context["query"] else _("Search")
        return Meta(title=title, url=site_url(self.request.path), robots="noindex")


def _page(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LAST_PAGE:
        return int(text[:6])
    raise Http404(_("A search has at most %d pages. Try more words.") % LAST_PAGE)
