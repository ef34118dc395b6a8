"""What narrows the list of posts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.posts.models import Post

DELETED = "deleted"


class PostFilterForm(forms.Form):
    """Which posts to show. Whatever makes no sense filters nothing."""

    text = forms.CharField(label=_("Title contains"), max_length=200, required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("all")), *Post.Status.choices, (DELETED, _("deleted"))],
    )
    tag = forms.CharField(label=_("Tag"), max_length=100, required=False)
    whose = forms.ChoiceField(
        label=_("Author"),
        required=False,
        choices=[("", _("everybody's")), ("mine", _("mine"))],
    )
