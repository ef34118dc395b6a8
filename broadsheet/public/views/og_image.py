"""Preview image of a post, drawn from its title."""

# ruff: noqa: ARG001 - a view takes a request, needed or not

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from broadsheet.pagecache import set_cache_tags
from broadsheet.posts import cache_tags
from broadsheet.posts.models import Post
from broadsheet.public.og_image import draw_og_image
from broadsheet.publication.cache_tags import SITE
from broadsheet.publication.queries import SiteConfig


@require_safe
def og_image(request: HttpRequest, pk: uuid.UUID, version: int) -> HttpResponse:
    """Return the preview image. The URL of an older version redirects to the current one."""
    post = Post.objects.visible_to(None).only("title", "version").filter(pk=pk).first()
    if post is None:
        raise Http404
    if post.version != version:
        return HttpResponseRedirect(reverse("public:og-image", args=[pk, post.version]))
    site = SiteConfig.current()
    response = HttpResponse(draw_og_image(post.title, site.name, site.accent), "image/png")
    response.headers["Cache-Control"] = "public, max-age=604800"
    set_cache_tags(response, [SITE, cache_tags.post(pk)])
    return response
