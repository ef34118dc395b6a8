"""Form of a redirect."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.publication.models import Redirect
from broadsheet.studio.forms import capitalized, validate_link


class RedirectForm(forms.Form):
    """An old path and its new URL."""

    old_path = forms.CharField(
        label=_("Old path"), max_length=500, help_text=_("For example /2019/05/hello")
    )
    new_path = forms.CharField(
        label=_("New URL"),
        max_length=1_000,
        required=False,
        validators=[validate_link],
        help_text=_("A path on this site or a full URL. Leave it empty for “gone”."),
    )
    status = forms.TypedChoiceField(
        label=_("Type"),
        coerce=int,
        choices=capitalized(Redirect.Status.choices),
        initial=Redirect.Status.MOVED,
    )

    def clean_old_path(self) -> str:
        """Require a path."""
        path = str(self.cleaned_data["old_path"])
        if not path.startswith("/") or path.startswith("//"):
            raise ValidationError(gettext("Start with a slash: /%s") % path.lstrip("/"))
        return path

    def clean(self) -> dict[str, Any]:
        """Require a target, except for pages that are gone."""
        data = self.cleaned_data
        is_gone = data.get("status") == Redirect.Status.GONE
        if is_gone and data.get("new_path"):
            self.add_error(
                "new_path", gettext("A page that is gone has no new URL. Leave this empty.")
            )
        if not is_gone and "new_path" in data and not data["new_path"]:
            self.add_error("new_path", gettext("Enter a URL, or choose “gone”."))
        return data
