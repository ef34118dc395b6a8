"""Validation errors of actions, shown in forms."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.forms import BaseForm


def add_errors(
    form: BaseForm, error: ValidationError, field_names: Mapping[str, str] | None = None
) -> None:
    """Show the errors of an action at the fields they name, or above the form.

    `field_names` maps names of the action to fields of the form, where they differ.
    """
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        field = (field_names or {}).get(name, name)
        form.add_error(field if field in form.fields else None, errors)
