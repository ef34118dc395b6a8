"""Form of a revision."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RevisionNameForm(forms.Form):
    """The name of a revision; empty for none."""

    name = forms.CharField(label=_("Name of this version"), max_length=100, required=False)
