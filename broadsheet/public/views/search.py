"""Search page, and title suggestions while typing."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from broadsheet import search
from broadsheet.posts import queries
from broadsheet.posts.models import Post
from broadsheet.posts.queries import PostSummary
from broadsheet.public.forms import SearchFilterForm
from broadsheet.public.meta import PageMeta, site_url
from broadsheet.public.views.base import PublicView

PAGE_SIZE = 20
LAST_PAGE = 50
LONGEST = 200
SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Result:
    """A search result; `title` and `snippet` are safe HTML with the matches in `<mark>`."""

    post: PostSummary
    title: SafeString
    snippet: SafeString


class Search(PublicView):
    """Search results for `?q=`. Template `public/search.html`.

    Context: `query` (text as typed, not escaped; empty before the first search), `corrected`
    (spelling correction that was searched for because the query has no results; else empty),
    `filters` (a form: author, tag, since, until), `results` (list of Result: post as in PostList,
    title, snippet), `page` (int), `older_url` and `newer_url` (URLs of the next and the previous
    page; empty if there is none).
    """

    template_name = "public/search.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Search, and add the results."""
        query, page = _text(self.request), _page(self.request.GET.get("page", "1"))
        hits = self._find(query, page)
        corrected = ""
        if not hits and page == 1 and self.filters.is_valid():
            corrected = search.correct(query)
            hits = self._find(corrected, page) if corrected != query else []
        has_more = len(hits) > PAGE_SIZE and page < LAST_PAGE
        results = _results(hits[:PAGE_SIZE])
        corrected = corrected if results else ""
        return super().get_context_data(
            query=query,
            corrected=corrected,
            filters=self.filters,
            page=page,
            results=results,
            older_url=self._url(corrected or query, page + 1) if has_more else "",
            newer_url=self._url(query, page - 1) if page > 1 else "",
            **kwargs,
        )

    @cached_property
    def filters(self) -> SearchFilterForm:
        """The filter form, bound to the query string."""
        return SearchFilterForm(
            {n: str(t).replace("\x00", "") for n, t in self.request.GET.items()}
        )

    def _find(self, query: str, page: int) -> list[search.Hit]:
        if not query or not self.filters.is_valid():
            return []
        offset = (page - 1) * PAGE_SIZE
        return search.find(query, self.filters.search_filters, limit=PAGE_SIZE + 1, offset=offset)

    def _url(self, query: str, page: int) -> str:
        params = {"q": query, **self.filters.params, "page": page}
        return f"{self.request.path}?{urlencode(params)}"

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return metadata that excludes search results from search engines."""
        title = _("Search: %s") % context["query"] if context["query"] else _("Search")
        return PageMeta(title=title, url=site_url(self.request.path), robots="noindex")


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Return the newest posts whose titles have the words of `?q=`; the last may be a prefix."""
    ids = search.suggest(_text(request), limit=SUGGESTIONS)
    listed = Post.objects.searchable().filter(pk__in=ids).values_list("pk", "title", "slug")
    posts = {pk: {"title": title, "url": f"/{slug}"} for pk, title, slug in listed}
    response = JsonResponse({"posts": [posts[pk] for pk in ids if pk in posts]})
    patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
    return response


def _results(hits: list[search.Hit]) -> list[Result]:
    listed = Post.objects.searchable().filter(pk__in=[hit.id for hit in hits])
    posts = {post.id: post for post in queries.summaries(listed)}
    # The search app guarantees safe HTML.
    return [
        Result(posts[hit.id], mark_safe(hit.title), mark_safe(hit.snippet))  # noqa: S308
        for hit in hits
        if hit.id in posts
    ]


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]


def _page(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LAST_PAGE:
        return int(text[:6])
    raise Http404(_("Search results are limited to %d pages. Try more words.") % LAST_PAGE)
