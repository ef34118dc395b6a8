"""What the frame of other rooms' pages asks for: the same pieces as public pages have."""

from collections.abc import Hashable

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from broadsheet.lib import languages
from broadsheet.public import pieces
from broadsheet.publication.queries import SiteConfig

register = template.Library()
register.filter(pieces.if_linked)


@register.simple_tag
def piece(name: str, **given: Hashable) -> SafeString:
    """Include a template as public pages do."""
    return pieces.piece(name, get_language(), **given)


@register.simple_tag
def page_language(site: SiteConfig) -> str:
    """Return what a page says of its language."""
    return languages.page_language(site.language, get_language())
