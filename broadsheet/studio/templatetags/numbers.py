"""Template filter for large numbers."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def grouped(value: int) -> str:
    """Return a number with thousands separators."""
    return number_format(value, use_l10n=True, force_grouping=True)
