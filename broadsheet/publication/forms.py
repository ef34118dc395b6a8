"""Form of the first-run setup."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Registration, User
from broadsheet.lib.reserved_names import RESERVED_NAMES

#: Reserved names that visitors expect an owner to have.
_FOR_OWNERS = frozenset({"admin", "administrator", "webmaster"})


class SetupForm(forms.Form):
    """Name of the site, and the owner's account."""

    name = forms.CharField(
        label=_("Name of the site"),
        max_length=100,
        help_text=_("Shown at the top of every page. You can change it later."),
    )
    display_name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        required=False,
        help_text=_("Shown on your posts. Default: your username."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A few random words make a good password."),
    )
    registration = forms.ChoiceField(
        label=_("Who can sign up"),
        choices=[
            (Registration.Mode.OPEN, _("anyone, as a reader")),
            (Registration.Mode.INVITATION, Registration.Mode.INVITATION.label),
            (Registration.Mode.CLOSED, Registration.Mode.CLOSED.label),
        ],
        initial=Registration.Mode.OPEN,
        help_text=_("Readers cannot write posts. You can change this later in the settings."),
    )

    def clean_username(self) -> str:
        """Reject the username of another account, such as an imported author's."""
        username: str = self.cleaned_data["username"]
        if username.lower() in RESERVED_NAMES - _FOR_OWNERS:
            raise forms.ValidationError(_("This username is reserved. Choose another."))
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This username is taken. Choose another."))
        return username

    def clean_email(self) -> str:
        """Reject the address of another account."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("This e-mail address is already in use."))
        return email

    def clean(self) -> dict[str, Any]:
        """Reject a password that is easy to guess for someone who knows name and address."""
        data = self.cleaned_data
        if "password" in data:
            user = User(username=data.get("username", ""), email=data.get("email", ""))
            try:
                validate_password(data["password"], user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data
