"""A post before it is published, for people with a preview link."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from broadsheet import markup
from broadsheet.posts import queries
from broadsheet.posts.models import Post, PreviewLink, WorkingCopy
from broadsheet.posts.policy import get_open_preview_link
from broadsheet.posts.queries import PostDetail
from broadsheet.public.locale import site_locale
from broadsheet.public.meta import PageMeta, site_url
from broadsheet.public.views.base import PublicView
from broadsheet.public.views.post_detail import post_context

#: No cache stores the page, no search engine lists it, and no other site learns its URL.
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class SharedPreview(PublicView):
    """A post as the creator of a preview link sees it. Template `public/shared_preview.html`.

    Context: as `PostPage`, and `link` (PreviewLink). It is never cached.
    """

    template_name = "public/shared_preview.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the same page for expired, revoked and unknown links. No response is stored."""
        try:
            response = super().dispatch(request, *args, **kwargs)
        except PreviewLink.DoesNotExist:
            with site_locale(self.site):
                response = render(
                    request, "public/shared_preview_404.html", {"site": self.site}, status=404
                )
        del response.headers["Speculation-Rules"]
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Load the link and the post. Raises PreviewLink.DoesNotExist."""
        link = get_open_preview_link(kwargs.pop("token"))
        post = _with_working_copy(link, self.site.language)
        return super().get_context_data(link=link, **post_context(post, self.site), **kwargs)

    def meta(self, context: dict[str, Any]) -> PageMeta:
        """Return only the title: the page has no address of its own yet."""
        return PageMeta(title=context["post"].title, url=site_url("/"), robots="noindex")


def _with_working_copy(link: PreviewLink, site_language: str) -> PostDetail:
    """Return the post with the changes that the creator of the link has not published yet."""
    saved = next(iter(queries.details(Post.objects.filter(pk=link.post_id))), None)
    if saved is None:  # deleted for good at this moment
        raise PreviewLink.DoesNotExist
    post = saved if saved.pub_date else replace(saved, pub_date=timezone.now())
    copy = WorkingCopy.objects.filter(post=link.post_id, user=link.created_by_id).first()
    if copy is None:
        return post
    texts = {name: getattr(copy, name) for name in WorkingCopy.TEXTS}
    if copy.content == post.content:
        return replace(post, **texts)
    try:
        rendered = markup.render(copy.content, post.language or site_language)
    except markup.TooComplexError:  # the author reads the reason in the editor
        return post
    return replace(
        post,
        **texts,
        html=rendered.html,
        summary=rendered.summary,
        word_count=rendered.word_count,
        contents=[[heading.level, heading.id, heading.text] for heading in rendered.headings],
    )
