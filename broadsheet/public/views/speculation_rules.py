"""Which links a browser may open before they are followed."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from broadsheet.posts.models import RESERVED_SLUGS

#: First parts of addresses that the site needs itself and that lead to pages anyone may read.
PAGES = {"archive", "series", "tag"}


@require_safe
def rules(_request: HttpRequest) -> JsonResponse:
    """Send the rules (WICG Speculation Rules) that public pages name in `Speculation-Rules`.

    Pages that are the same for everyone may be made ready when a reader is about to follow a link
    to them; nothing else, and neither feeds nor images, whose names have a dot.
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
