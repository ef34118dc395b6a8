"""The language of public pages: Jinja2, and what its templates may ask for.

A post's page takes Django's own templates several times as long (docs/where-time-goes.md).
"""

import datetime as dt
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.template.defaultfilters import date
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, ngettext, pgettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from broadsheet.lib import image_variants, languages
from broadsheet.lib.site_timezone import to_local
from broadsheet.posts.queries import PostSummary
from broadsheet.public import pieces
from broadsheet.publication.queries import SiteLogo


def environment(**options: Any) -> Environment:
    """Return what Django's Jinja2 back end renders with. A name that nobody gave is an error."""
    made = Environment(**{**options, "undefined": StrictUndefined})  # noqa: S701 - Django asks for escaping
    made.globals |= {
        "day": day,
        "is_rtl": get_language_bidi,
        "lang": lang,
        "of_page": languages.page_language,
        "minutes": minutes,
        "pgettext": pgettext,
        "picture_of": picture_of,
        "sources_of_logo": sources_of_logo,
        "piece": piece,
        "static": static,
        "url": url,
    }
    made.filters |= {"date": date, "if_linked": pieces.if_linked, "local_day": local_day}
    return made


def words(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - Django's signature
    """Give a page its language: `language` and `_`."""
    return pieces.in_language(get_language())


@pass_context
def piece(context: Context, name: str, **given: Hashable) -> SafeString:
    """Include a template, as `pieces.piece` does."""
    return pieces.piece(name, context["language"], **given)


@pass_context
def lang(context: Context, *tags: str) -> SafeString:
    """Return ` lang="…"` with the first of `tags` that is not empty, where the page has another."""
    tag = next(filter(None, tags), "")
    if not tag or tag == languages.page_language(context["site"].language, context["language"]):
        return SafeString()
    return _lang(tag)


@lru_cache(maxsize=128)
def _lang(tag: str) -> SafeString:
    return format_html(' lang="{}"', tag)


def url(name: str, *args: object) -> str:
    """Return the path of a view."""
    return reverse(name, args=args)


def local_day(at: dt.datetime) -> dt.date:
    """Return the day on which a time falls in the site's time zone."""
    return to_local(at).date()


@pass_context
def day(context: Context, at: dt.datetime) -> SafeString:
    """Return the element that says on which day something happened."""
    return _day(local_day(at), context["language"])


@lru_cache(maxsize=2_048)  # the days of some years
def _day(on: dt.date, language: str) -> SafeString:  # noqa: ARG001 - what the date is written in
    shown = date(on, pgettext("a date such as 3 May 2026", "j F Y"))
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), shown)


@pass_context
def minutes(context: Context, count: int) -> str:
    """Return how long a text takes to read."""
    return _minutes(count, context["language"])


@lru_cache(maxsize=128)
def _minutes(count: int, language: str) -> str:  # noqa: ARG001 - what is counted in
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


class Sized(NamedTuple):
    """What is known of a cover; see `public/_picture.html`. Sizes in pixels."""

    classes: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    width: int | None = None
    height: int | None = None


def picture_of(post: PostSummary) -> Sized:
    """Return the sizes and formats of a post's cover that browsers choose from."""
    image = post.cover
    if image is None:
        return Sized()
    picture = image_variants.ImageVariants.parse(image.url)
    if picture is None:
        return Sized(width=image.width, height=image.height)
    sources = picture.sources if image.has_variants else ()
    return Sized(picture.classes, sources, image.width, image.height)


def sources_of_logo(logo: SiteLogo) -> tuple[tuple[str, str], ...]:
    """Return the formats of the site's logo with the sizes that browsers choose from."""
    picture = image_variants.ImageVariants.parse(logo.url)
    return picture.sources if picture and logo.has_variants else ()
