"""The site's accent colour as a style sheet."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from broadsheet.lib import colours
from broadsheet.pagecache import set_cache_tags
from broadsheet.publication.queries import SiteConfig

IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "public, max-age=0, must-revalidate"


@require_safe
def theme(request: HttpRequest) -> HttpResponse:
    """Return the accent colours for light and dark mode; immutable with `?v=<theme_version>`."""
    site = SiteConfig.current()
    light = colours.legible(site.accent, colours.PAPER)
    dark = colours.legible(site.accent, colours.DARK_PAPER)
    css = f":root{{--accent-light:{light};--accent-dark:{dark}}}\n"
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    is_this = request.GET.get("v") == site.theme_version
    response.headers["Cache-Control"] = IMMUTABLE if is_this else FRESH
    if is_this or "v" not in request.GET:
        set_cache_tags(response, site.cache_tags())
    return response
