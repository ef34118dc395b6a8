"""Template tags and filters of the public pages and of `base.html`."""

import datetime as dt
from collections.abc import Hashable, Iterable
from functools import lru_cache

from django import template
from django.template import Context
from django.template.defaultfilters import date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from broadsheet.lib import languages
from broadsheet.lib.image_variants import ImageVariants
from broadsheet.lib.site_timezone import to_local
from broadsheet.posts.queries import CoverImage
from broadsheet.public.fragments import render_fragment
from broadsheet.publication.queries import NavigationLink, SiteConfig, SiteLogo

register = template.Library()


@register.simple_tag
def fragment(name: str, **values: Hashable) -> SafeString:
    """Include a cached fragment with only `values` as its context."""
    return render_fragment(name, **values)


@register.simple_tag
def page_language(site: SiteConfig) -> str:
    """Return the page's language tag."""
    return languages.page_language(site.language, get_language())


@register.simple_tag(takes_context=True)
def lang(context: Context, *tags: str) -> SafeString:
    """Return ` lang="…"` with the first non-empty tag if that is not the page's language."""
    tag = next(filter(None, tags), "")
    if not tag or tag == page_language(context["site"]):
        return SafeString()
    return format_html(' lang="{}"', tag)


@register.simple_tag
def day(at: dt.datetime) -> SafeString:
    """Return a `<time>` element with the day, in the site's time zone and the page's language."""
    return _day(to_local(at).date(), get_language())


@lru_cache(maxsize=2_048)  # the days of some years
def _day(on: dt.date, language: str) -> SafeString:  # noqa: ARG001 - part of the cache key
    text = date(on, pgettext("a date such as 3 May 2026", "j F Y"))
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), text)


@register.filter
def if_linked(path: str, links: Iterable[NavigationLink]) -> str:
    """Return `path` if one of the links points to it, otherwise an empty string."""
    return path if any(link.url == path for link in links) else ""


@register.filter
def image_sources(image: CoverImage | SiteLogo | None) -> tuple[tuple[str, str], ...]:
    """Return the formats of an image's variants with their `srcset`; empty without variants."""
    variants = ImageVariants.parse(image.url) if image and image.has_variants else None
    return variants.sources if variants else ()


@register.filter
def placeholder_classes(image: CoverImage | None) -> str:
    """Return the CSS classes of an image's placeholder colour."""
    variants = ImageVariants.parse(image.url) if image else None
    return variants.classes if variants else ""
