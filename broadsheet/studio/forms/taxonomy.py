"""Forms of tags and series."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.posts.models import Series, Tag


class TagForm(forms.ModelForm[Tag]):
    """Name, slug and description of a tag."""

    class Meta:
        model = Tag
        fields = ("name", "slug", "description")
        help_texts = {"slug": _("The last part of the URL. The old URL redirects to the new one.")}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def _post_clean(self) -> None:
        """Leave the instance as it was read: the action checks and saves."""


class SeriesForm(TagForm):
    """Name, slug and description of a series."""

    class Meta(TagForm.Meta):
        model: Any = Series


class MergeForm(forms.Form):
    """The tag that replaces another one."""

    into = forms.CharField(
        label=_("Merge into the tag"), max_length=200, help_text=_("Its name or its slug.")
    )
