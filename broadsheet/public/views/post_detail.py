"""The page of a post."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from broadsheet.lib import languages
from broadsheet.lib.site_timezone import to_local
from broadsheet.pagecache import set_page_id
from broadsheet.posts import cache_tags, queries
from broadsheet.posts.models import Post
from broadsheet.posts.queries import PostDetail
from broadsheet.public import post_navigation
from broadsheet.public.json_ld import post_json_ld
from broadsheet.public.meta import Article, PageMeta, site_url
from broadsheet.public.og_image import og_image_of
from broadsheet.public.views.base import CachedPageView
from broadsheet.publication.queries import SiteConfig

DEEP = 3  # the lowest level of headings in a table of contents
SHORT = 3  # fewer headings than this need no table of contents


class ContentsItem(NamedTuple):
    """A line of the table of contents; `id` is the anchor of its heading."""

    level: int
    id: str
    text: str


class PostPage(CachedPageView):
    """One post. Template `public/post.html`. The page is the same for its author as for visitors.

    Context: `post` (PostDetail; use `post.html|safe`, which was sanitized when the post was saved),
    `authors` (of AuthorRef), `tags` (of TagRef), `post_lang` and `post_dir` (of the
    text: a language tag or empty, "ltr" or "rtl"), `post_classes` (CSS classes: `post`, and
    `is-page`, `has-contents`, `has-wide-layout` or `has-undated-layout` if so),
    `contents` (list of ContentsItem; empty if the post is short or its author disabled it),
    `part` (SeriesPosition or None: series, position, total, previous, next; these two and what
    follows are PostLink), `related` (up to three), `newer` and `older` (or None), `updated`
    (datetime of the last change if that was more than a day after publication, else None).
    """

    template_name = "public/post.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Load the post and its navigation. Raises Http404."""
        post = queries.readable(kwargs.pop("slug"))
        if post is None:
            raise Http404(_("Post not found, or not published."))
        return super().get_context_data(**post_context(post, self.site), **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Name the page, so that its views are counted."""
        response = super().render_to_response(context, **kwargs)
        set_page_id(response, f"post:{context['post'].id}")
        return response

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the post, its authors, tags and series, and the linked posts."""
        post, part = context["post"], context["part"]
        links = [context["newer"], context["older"], *context["related"]]
        if part:
            links += [part.previous, part.next]
        return (
            *cache_tags.of_posts([post]),
            *cache_tags.of_links(filter(None, links)),
        )

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the post."""
        post: PostDetail = context["post"]
        image = og_image_of(post)
        return PageMeta(
            title=post.seo_title or post.title,
            description=(post.seo_description or post.description or post.subtitle or post.title)[
                :300
            ],
            url=post.canonical_url or site_url(post.get_absolute_url()),
            kind="website" if post.is_page else "article",
            robots="noindex" if post.status == Post.Status.UNLISTED else "",
            image=image,
            feeds=self.feeds(),
            json_ld=post_json_ld(post, self.site, image),
            article=Article(
                published_at=to_local(post.date).isoformat(),
                modified_at=to_local(post.updated_at).isoformat(),
                authors=tuple(author.name for author in post.authors),
                tags=tuple(tag.name for tag in post.tags),
            ),
        )


def post_context(post: PostDetail, site: SiteConfig) -> dict[str, Any]:
    """Return what the template shows of the post, and its navigation."""
    headings = [ContentsItem(*line) for line in post.contents] if post.shows_contents else []
    contents = [h for h in headings if h.level <= DEEP] if len(headings) >= SHORT else []
    lang = languages.tag_or_empty(post.language) or site.language
    return {
        "post": post,
        "authors": post.authors,
        "tags": post.tags,
        "post_lang": lang,
        "post_dir": languages.text_direction(lang),
        "post_classes": _classes(post, has_contents=bool(contents)),
        "contents": contents,
        "part": post_navigation.series_position(post),
        "updated": _updated(post),
        **post_navigation.post_navigation(post)._asdict(),
    }


def _classes(post: PostDetail, *, has_contents: bool) -> str:
    """Return the CSS classes of the article."""
    has = {
        "post": True,
        "is-page": post.is_page,
        "has-contents": has_contents,
        f"has-{post.page_layout}-layout": post.page_layout != Post.Layout.DEFAULT,
    }
    return " ".join(name for name, applies in has.items() if applies)


def _updated(post: PostDetail) -> dt.datetime | None:
    """Return the time of the last change if that was more than a day after publication."""
    return post.updated_at if (post.updated_at - post.date).days >= 1 else None
