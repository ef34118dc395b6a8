"""Forms of the studio, and their shared helpers."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.urls import is_http_url, is_local_path

#: A language tag (BCP 47) such as en, pt-BR or zh-Hant.
validate_language_tag = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", _("Enter a language tag, for example en, de or pt-BR.")
)


def capitalized(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return the choices of a model with labels that begin with a capital, as in other forms."""
    return [(value, capfirst(label)) for value, label in choices]


def validate_link(url: str) -> None:
    """Raise ValidationError unless `url` is a path of this site or safe to link to."""
    if not (is_local_path(url) or is_http_url(url) or url.startswith("mailto:")):
        raise ValidationError(
            gettext("Enter a path such as /about or a URL such as https://example.org.")
        )
