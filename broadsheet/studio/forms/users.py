"""Forms of users: invitation and role."""

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Role
from broadsheet.studio.forms import capitalized


class InvitationForm(forms.Form):
    """Invitation with a role."""

    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("Only a note for you; no e-mail is sent.")
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=capitalized(Role.choices), initial=Role.AUTHOR
    )


class RoleForm(forms.Form):
    """Role of a user."""

    role = forms.ChoiceField(label=_("Role"), choices=capitalized(Role.choices))
