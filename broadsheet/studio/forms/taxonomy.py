"""Forms of tags and series."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.posts.models import Series, Tag


class NamesForm[T: Tag | Series](forms.ModelForm[T]):
    """Name, slug and description. The action checks and saves them."""

    def _post_clean(self) -> None:
        """Leave the instance as it was read."""


_FIELDS = ("name", "slug", "description")
_HELP_TEXTS = {"slug": _("The last part of the URL. The old URL redirects to the new one.")}


class TagForm(NamesForm[Tag]):
    """Names of a tag."""

    class Meta:
        model = Tag
        fields = _FIELDS
        help_texts = _HELP_TEXTS


class SeriesForm(NamesForm[Series]):
    """Names of a series."""

    class Meta:
        model = Series
        fields = _FIELDS
        help_texts = _HELP_TEXTS


class MergeForm(forms.Form):
    """The tag that replaces another one."""

    into = forms.CharField(
        label=_("Merge into the tag"), max_length=200, help_text=_("Its name or its slug.")
    )
