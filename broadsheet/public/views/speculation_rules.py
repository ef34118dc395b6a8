"""Speculation Rules (WICG): links that a browser may prefetch or prerender."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from broadsheet.posts.models import RESERVED_SLUGS

#: Reserved slugs (first path segments) that belong to public pages.
PAGES = {"archive", "series", "tag"}


@require_safe
def rules(_request: HttpRequest) -> JsonResponse:
    """Return the rules to which the header `Speculation-Rules` of public pages refers.

    Browsers may prerender only public pages, when a visitor is about to follow a link to them.
    Feeds and images are excluded by the dot in their paths.
    """
    reserved = sorted(word for word in RESERVED_SLUGS - PAGES if "." not in word)
    others = ["/*.*", *(form for word in reserved for form in (f"/{word}", f"/{word}/*"))]
    where = {
        "and": [
            {"href_matches": "/*"},
            {"not": {"href_matches": others}},
            {"not": {"selector_matches": "[download], [rel~=nofollow], [target]"}},
        ]
    }
    soon = [{"where": where, "eagerness": "moderate"}]
    return JsonResponse(
        {"prefetch": soon, "prerender": soon},
        content_type="application/speculationrules+json",
        headers={"Cache-Control": "public, max-age=86400"},
    )
