"""Filter of the list of posts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.posts.models import Post
from broadsheet.studio.forms import capitalized

DELETED = "deleted"

#: Orders of the list, by the values of `sort`; with a hyphen the last comes first.
SORTS = ("title", "-title", "saved", "-saved")


class PostFilterForm(forms.Form):
    """Filter of the list of posts. Invalid values are ignored."""

    text = forms.CharField(
        label=_("Filter posts"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "data-filter": "", "autocomplete": "off"}),
        help_text=_("Words of the title, tag:tea, by:ada"),
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("All")),
            *capitalized(Post.Status.choices),
            (DELETED, _("Deleted")),
        ],
    )
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])
    tag = forms.CharField(label=_("Tag"), max_length=100, required=False)
    author = forms.ChoiceField(
        label=_("Author"),
        required=False,
        choices=[("", _("Anyone")), ("me", _("Me"))],
    )
