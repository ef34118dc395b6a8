"""Changed texts as HTML."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broadsheet.lib.text_diff import SpanKind
from broadsheet.studio.version_changes import ChangedText

register = template.Library()


@register.simple_tag
def changed_text(parts: Iterable[ChangedText]) -> SafeString:
    """Return a text with `ins` and `del`, which are also named for screen readers.

    Spaces are part of the text, so no template can build this.
    """
    return format_html_join("", "{}", ((_element(part),) for part in parts))


def _element(part: ChangedText) -> SafeString:
    match part.kind:
        case SpanKind.DELETED:
            name, label = "del", _("removed:")
        case SpanKind.INSERTED:
            name, label = "ins", _("added:")
        case _:
            return _unchanged(part)
    element = '<{0}><span class="visually-hidden">{1} </span>{2}</{0}>'
    return format_html(element, name, label, part.text)


def _unchanged(part: ChangedText) -> SafeString:
    if not part.folded:
        return format_html("{}", part.text)
    lines = len(part.folded.splitlines())
    label = ngettext("%d unchanged line", "%d unchanged lines", lines) % lines
    element = "{}<details><summary>{}</summary>{}</details>{}"
    return format_html(element, part.text, label, part.folded, part.rest)
