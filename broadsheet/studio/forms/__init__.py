"""What people fill in in the studio."""

from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

#: A language tag (BCP 47) as people write it: en, pt-BR, zh-Hant.
language_tag = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", _("Enter a language tag, for example en, de or pt-BR.")
)


def add_refusal(
    form: forms.Form, error: ValidationError, names: Mapping[str, str] | None = None
) -> None:
    """Show what an action refused beside the fields it names, under `names` where they differ."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        field = (names or {}).get(name, name)
        form.add_error(field if field in form.fields else None, errors)
