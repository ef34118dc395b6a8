"""What the owner fills in about the site."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Registration, User


class Claim(forms.Form):
    """The site's name and its owner's account."""

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
        """Refuse a name that an imported author has."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This username is taken. Choose another."))
        return username

    def clean_email(self) -> str:
        """Refuse an address that another account has."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("This e-mail address is already in use."))
        return email

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is easy to guess, knowing the name and the address."""
        said = self.cleaned_data
        if "password" in said:
            user = User(username=said.get("username", ""), email=said.get("email", ""))
            try:
                validate_password(said["password"], user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return said
