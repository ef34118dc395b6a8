"""Form of the texts that are saved while someone writes."""

from typing import Any, cast

from django import forms

from broadsheet.lib.line_endings import restore_line_endings
from broadsheet.posts.actions import PostTexts
from broadsheet.posts.models import WorkingCopy


class AutosaveForm(forms.Form):
    """The texts of a post, the version that they are based on, and the working copy's number."""

    title = forms.CharField(max_length=300, required=False)
    subtitle = forms.CharField(max_length=500, required=False)
    content = forms.CharField(max_length=1_000_000, required=False, strip=False)
    excerpt = forms.CharField(max_length=1_000, required=False)
    version = forms.IntegerField(min_value=1, max_value=2_147_483_647)
    copy = forms.IntegerField(min_value=0, max_value=2_147_483_647, required=False)

    def texts(self, *, content_before: str = "") -> PostTexts:
        """Return the texts, with the line endings of the last version; needs a valid form."""
        texts: dict[str, Any] = {
            name: restore_line_endings(
                str(self.cleaned_data[name]), content_before if name == "content" else ""
            )
            for name in WorkingCopy.TEXTS
        }
        return cast("PostTexts", texts)


class NewAutosaveForm(AutosaveForm):
    """The texts of a post that does not exist yet."""

    version = copy = None  # type: ignore[assignment] # Django's way to remove inherited fields

    def clean(self) -> dict[str, Any]:
        """Refuse a post without any text."""
        data = super().clean() or {}
        if not any(str(data.get(name, "")).strip() for name in WorkingCopy.TEXTS):
            raise forms.ValidationError("Empty")
        return data
