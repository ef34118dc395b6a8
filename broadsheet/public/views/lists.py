"""Lists of posts: home, author, tag, series."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.accounts.policy import is_claimed
from broadsheet.posts import cache_tags, queries
from broadsheet.posts.models import Post, Series, Tag
from broadsheet.posts.queries import AuthorRef, PostLink, PostSummary
from broadsheet.public import pagination
from broadsheet.public.json_ld import breadcrumbs, json_ld, person, website
from broadsheet.public.meta import OgImage, PageMeta, site_url
from broadsheet.public.views.base import PostLinkList, PostList


class Home(PostList[PostSummary]):
    """The front page. Template `public/home.html`.

    Context: as PostList, and `lead`: on the first page the newest featured post, or else the newest
    one (None on other pages and without posts); `posts` are the others. `is_claimed`: whether the
    site has an owner.
    """

    template_name = "public/home.html"
    posts = pagination.newest(20)

    def list_page(self) -> pagination.KeysetPage[PostSummary]:
        """Return the newest posts."""
        return self.posts(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Move the lead post out of the list."""
        context = super().get_context_data(lead=None, **kwargs)
        if context["is_first"] and context["posts"]:
            lead = context["lead"] = queries.featured() or context["posts"][0]
            context["posts"] = [post for post in context["posts"] if post.id != lead.id]
        context["is_claimed"] = bool(context["lead"]) or is_claimed()
        return context

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the list of all posts and of the posts on this page."""
        lead = [context["lead"]] if context["lead"] else []
        owners = [] if context["is_claimed"] else [NAMES]
        return (cache_tags.POSTS, *owners, *cache_tags.of_posts([*lead, *context["posts"]]))

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the site."""
        logo = self.site.logo
        return PageMeta(
            title=self.site.name if context["is_first"] else _("Older posts"),
            description=self.site.tagline or _("Newest posts on %s.") % self.site.name,
            url=self.url,
            image=OgImage(site_url(logo.url), logo.width, logo.height, logo.alt) if logo else None,
            feeds=self.feeds(),
            json_ld=json_ld(website(self.site)),
            next_url=context["older_url"],
        )


class AuthorPage(PostLinkList):
    """The posts of one author. Template `public/author.html`.

    Context: as PostLinkList, and `author` (posts.queries.AuthorRef).
    """

    template_name = "public/author.html"
    posts = pagination.by_author(20)

    @cached_property
    def author(self) -> AuthorRef:
        """The author. Raises Http404."""
        author = queries.author(self.kwargs["username"])
        if author is None:
            raise Http404(_("There is no author with this name."))
        return author

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Render the page, or redirect to the canonical spelling (case) of the username."""
        if self.author.username != kwargs["username"]:
            url = reverse("public:author", args=[self.author.username])
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{url}?{query}" if query else url)
        return super().get(request, *args, **kwargs)

    def list_page(self) -> pagination.KeysetPage[PostLink]:
        """Return the author's newest posts. Raises Http404 for a reader without posts."""
        list_page = self.posts(self.request, self.author.id)
        if not self.author.is_author and not list_page.posts:
            raise Http404(_("There is no author with this name."))
        return list_page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the author."""
        return super().get_context_data(author=self.author, **kwargs)

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the author, of the author's list, and of the posts on this page."""
        author = self.author.id.hex
        return (f"user:{author}", f"by:{author}", *cache_tags.of_links(context["posts"]))

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the author's page."""
        author = self.author
        image = OgImage(site_url(author.avatar_url)) if author.avatar else None
        return PageMeta(
            title=author.name,
            description=_("Posts by %(author)s on %(site)s.")
            % {"author": author.name, "site": self.site.name},
            url=self.url,
            kind="profile",
            image=image,
            feeds=self.feeds(f"{self.request.path}/", author.name),
            json_ld=json_ld(person(author)),
            next_url=context["older_url"],
        )


class TagPage(PostLinkList):
    """The posts with one tag. Template `public/tag.html`.

    Context: as PostLinkList, and `tag` (Tag: name, slug, description).
    """

    template_name = "public/tag.html"
    posts = pagination.tagged(20)

    @cached_property
    def tag(self) -> Tag:
        """The tag. Raises Http404."""
        return get_object_or_404(Tag, slug=self.kwargs["slug"])

    def list_page(self) -> pagination.KeysetPage[PostLink]:
        """Return the newest posts with the tag. Raises Http404 if only hidden posts have it."""
        list_page = self.posts(self.request, self.tag.pk)
        if not list_page.posts and not Post.objects.visible_to(None).filter(tags=self.tag).exists():
            raise Http404(_("No posts are published with this tag."))
        return list_page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tag."""
        return super().get_context_data(tag=self.tag, **kwargs)

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the tag, of its list, and of the posts on this page."""
        tag = self.tag.pk
        return (
            cache_tags.tag(tag),
            cache_tags.posts_with(tag),
            *cache_tags.of_links(context["posts"]),
        )

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the tag's page."""
        return PageMeta(
            title=self.tag.name,
            description=self.tag.description
            or _("Posts about %(tag)s on %(site)s.")
            % {"tag": self.tag.name, "site": self.site.name},
            url=self.url,
            # A tag without listed posts has no content to index.
            robots="" if context["posts"] else "noindex",
            feeds=self.feeds(f"{self.request.path}/", self.tag.name),
            json_ld=json_ld(breadcrumbs((self.site.name, "/"), (self.tag.name, self.url))),
            next_url=context["older_url"],
        )


class SeriesPage(PostList[PostLink]):
    """The posts of a series in reading order. Template `public/series.html`.

    Context: as PostList, and `series` (Series: name, slug, description). Here `older_url` is the
    URL of the later parts.
    """

    template_name = "public/series.html"
    posts = pagination.parts(50)

    @cached_property
    def series(self) -> Series:
        """The series. Raises Http404."""
        return get_object_or_404(Series, slug=self.kwargs["slug"])

    def list_page(self) -> pagination.KeysetPage[PostLink]:
        """Return the parts of the series, oldest first. Raises Http404 if all are hidden."""
        list_page = self.posts(self.request, self.series.pk)
        if (
            not list_page.posts
            and not Post.objects.visible_to(None).filter(series=self.series).exists()
        ):
            raise Http404(_("No posts are published in this series."))
        return list_page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the series."""
        return super().get_context_data(series=self.series, **kwargs)

    def cache_tags(self, context: dict[str, Any]) -> Iterable[str]:
        """Return the tags of the series and of the posts on this page."""
        return (cache_tags.series(self.series.pk), *cache_tags.of_links(context["posts"]))

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return the metadata of the series' page."""
        return PageMeta(
            title=self.series.name,
            description=self.series.description[:300]
            or _("“%(series)s”, a series on %(site)s.")
            % {"series": self.series.name, "site": self.site.name},
            url=self.url,
            robots="" if context["posts"] else "noindex",
            feeds=self.feeds(),
            json_ld=json_ld(breadcrumbs((self.site.name, "/"), (self.series.name, self.url))),
            next_url=context["older_url"],
        )
