"""Helpers of the admin: errors of actions, and a paginator for large tables."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from broadsheet.lib.form_errors import add_errors

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Admin = ModelAdmin[Any]
else:
    _Admin = object


class CappedPaginator(Paginator[Any]):
    """Paginator that counts no further than `LIMIT`, so that its cost does not grow with the table.

    Rows after the last page can be found by searching and filtering.
    """

    LIMIT = 10_000

    @cached_property
    def count(self) -> int:
        """The number of rows, at most `LIMIT`."""
        rows: Any = self.object_list[: self.LIMIT]
        return len(rows) if isinstance(rows, list) else rows.count()


class ActionErrorsMixin(_Admin):
    """An admin that shows the errors of the action which `save_model` calls in the form.

    Django calls `save_model` when the form is already valid, so the request is handled once more,
    with a form that has these errors.
    """

    #: Maps names of the action to fields of the form, where they differ.
    form_fields: ClassVar[Mapping[str, str]] = {}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Handle the form; show it again with the action's errors, if any."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            request.action_error = error  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the form class, with the action's errors if it has failed."""
        form_class: Any = super().get_form(request, *args, **kwargs)
        error = getattr(request, "action_error", None)
        return form_class if error is None else _with_errors(form_class, error, self.form_fields)


def _with_errors(form_class: Any, error: ValidationError, field_names: Mapping[str, str]) -> Any:
    class FailedForm(form_class):  # type: ignore[misc] # known at run time only
        def full_clean(self) -> None:
            super().full_clean()
            add_errors(self, error, field_names)

    return FailedForm
