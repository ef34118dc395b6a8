"""Favicons: the initial of the site's name between two horizontal lines."""

# ruff: noqa: ARG001 - a view takes a request, needed or not

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from broadsheet.lib import colours
from broadsheet.pagecache import set_cache_tags
from broadsheet.public import icons
from broadsheet.public.og_image import INK
from broadsheet.publication.cache_tags import SITE
from broadsheet.publication.queries import SiteConfig

CACHE = "public, max-age=86400"
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<style>.p{{fill:{paper}}}.i{{fill:{ink}}}.a{{fill:{light}}}
@media (prefers-color-scheme:dark){{.p{{fill:{dark_paper}}}.i{{fill:{paper}}}.a{{fill:{dark}}}}}</style>
<rect class="p" width="64" height="64"/>
<rect class="a" x="8" y="8" width="48" height="3"/><rect class="a" x="8" y="53" width="48" height="3"/>
<text class="i" x="32" y="45" text-anchor="middle" font-family="Newsreader,Georgia,serif" font-weight="600" font-size="38">{letter}</text>
</svg>
"""  # noqa: E501


@require_safe
def favicon_svg(request: HttpRequest) -> HttpResponse:
    """Return icon.svg, with colors for light and dark tabs."""
    site = SiteConfig.current()
    text = _SVG.format(
        letter=escape(_letter(site)),
        ink=INK,
        paper=colours.PAPER,
        dark_paper=colours.DARK_PAPER,
        light=colours.legible(site.accent, colours.PAPER),
        dark=colours.legible(site.accent, colours.DARK_PAPER),
    )
    response = _icon_response(text.encode(), "image/svg+xml")
    # Opened directly, an SVG is a document: forbid scripts, allow its styles.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@require_safe
def favicon_ico(request: HttpRequest) -> HttpResponse:
    """Return favicon.ico, for browsers without SVG icons."""
    site = SiteConfig.current()
    return _icon_response(icons.ico(_letter(site), site.accent), "image/x-icon")


@require_safe
def apple_touch_icon(request: HttpRequest) -> HttpResponse:
    """Return apple-touch-icon.png, for phones."""
    site = SiteConfig.current()
    return _icon_response(icons.touch_icon(_letter(site), site.accent), "image/png")


def _letter(site: SiteConfig) -> str:
    """Return the first letter or digit of the site's name, past a leading article."""
    name = site.name.removeprefix("The ").strip()
    return next((c.upper()[0] for c in name if c.isalnum()), "¶")


def _icon_response(body: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Cache-Control"] = CACHE
    set_cache_tags(response, [SITE])
    return response
