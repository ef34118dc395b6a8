"""Forms of the studio."""

from collections.abc import Iterable
from typing import Any

from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

#: A language tag (BCP 47) as people write it: en, pt-BR, zh-Hant.
validate_language_tag = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", _("Enter a language tag, for example en, de or pt-BR.")
)


def capitalized(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return the choices of a model with labels that begin with a capital, as in other forms."""
    return [(value, capfirst(label)) for value, label in choices]
