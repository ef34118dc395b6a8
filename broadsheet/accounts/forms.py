"""What people fill in about their accounts."""

from typing import Any
from uuid import uuid4

from allauth.account import forms as allauth
from django import forms
from django.contrib.auth import password_validation
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts import actions
from broadsheet.accounts.actions.profile import LINKS
from broadsheet.accounts.models import Token, User


class Tidy:
    """Labels instead of placeholders, which vanish while one types."""

    fields: dict[str, forms.Field]
    help_texts: dict[str, Any] = {}
    labels: dict[str, Any] = {
        "username": _("Username"),
        "email": _("E-mail address"),
        "login": _("Username or e-mail address"),
        "oldpassword": _("Current password"),
        "password": _("Password"),
        "password1": _("Password"),
        "password2": _("Confirm password"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, "")


_PASSWORD_HELP = {
    "password1": _("At least 10 characters. A few random words make a good password.")
}


class SignUp(Tidy, allauth.SignupForm):  # type: ignore[misc] # allauth has no types
    """A new account."""

    invitation = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    help_texts = {
        **_PASSWORD_HELP,
        "username": _("Letters (A to Z), digits, hyphens and underscores."),
    }

    def try_save(self, request: Any) -> tuple[User | None, Any]:
        """Make the account, or write to the one that has the address: with the same work.

        Otherwise the time that it takes would tell who has an account.
        """
        if self.account_already_exists:
            with transaction.atomic():
                unused = f"{uuid4().hex}@nobody.invalid"
                User.objects.create_user(
                    self.cleaned_data["username"], unused, self.cleaned_data["password1"]
                )
                transaction.set_rollback(True)
        saved: tuple[User | None, Any] = super().try_save(request)
        return saved

    def save(self, request: Any) -> User:
        """Make the account and admit it, or do neither. Raises PermissionDenied."""
        with transaction.atomic():
            user: User = super().save(request)
            secret = self.cleaned_data["invitation"]
            return actions.admit(user, invitation=actions.find_invitation(secret))


class LogIn(Tidy, allauth.LoginForm):  # type: ignore[misc]
    """A name or an address, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}

    def user_credentials(self) -> dict[str, str]:
        """Look by address or by name, not both: a second look would take longer, and tell."""
        given: dict[str, str] = super().user_credentials()
        if "email" in given:
            given.pop("username", None)
        return given


class ResetPassword(Tidy, allauth.ResetPasswordForm):  # type: ignore[misc]
    """The address to which a link for a new password goes."""


class ResetPasswordKey(Tidy, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password."""

    help_texts = _PASSWORD_HELP


class ChangePassword(Tidy, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one."""

    help_texts = _PASSWORD_HELP
    labels = {**Tidy.labels, "password1": _("New password"), "password2": _("Confirm new password")}


class SetPassword(Tidy, allauth.SetPasswordForm):  # type: ignore[misc]
    """A first password."""

    help_texts = _PASSWORD_HELP


class Reauthenticate(Tidy, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


class ChangeEmail(Tidy, allauth.AddEmailForm):  # type: ignore[misc]
    """Another address."""

    labels = {"email": _("New e-mail address")}


class WebAddress(forms.URLField):
    """An address that browsers open: no other scheme than http and https."""

    default_error_messages = {"invalid": _("Enter a full URL: https://…")}
    default_validators = [URLValidator(schemes=["http", "https"])]


class Link(forms.Form):
    """A link below a profile."""

    label = forms.CharField(label=_("Label"), max_length=60, required=False)
    url = WebAddress(label=_("Address"), required=False, assume_scheme="https", max_length=500)

    def clean(self) -> dict[str, Any]:
        """Take both or neither."""
        given = {name: self.cleaned_data.get(name, "") for name in ("label", "url")}
        if given["url"] and not given["label"]:
            self.add_error("label", _("Enter a label for this link, for example “My garden”."))
        if given["label"] and not given["url"] and not self.errors:
            self.add_error("url", _("Enter the URL of this link, for example https://example.org."))
        return given


Links = forms.formset_factory(Link, extra=LINKS, max_num=LINKS, validate_max=True)


class Profile(forms.ModelForm[User]):
    """What people say of themselves."""

    picture = forms.FileField(
        label=_("Profile picture"),
        required=False,
        help_text=_("JPEG, PNG, GIF, WebP or AVIF. It is cropped to a square."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    removes_picture = forms.BooleanField(label=_("Remove the picture"), required=False)

    class Meta:
        model = User
        fields = ("display_name", "bio")
        help_texts = {"bio": _("Markdown. Shown on your author page.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].widget.attrs["autocomplete"] = "name"
        if not self.instance.avatar:
            del self.fields["removes_picture"]

    def _post_clean(self) -> None:
        """Leave the account as it is: the action changes it."""


class NewToken(forms.Form):
    """A new key for a program."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What you use it for, for example “backup script”."),
    )
    scope = forms.ChoiceField(
        label=_("Permissions"), choices=Token.Scope.choices, initial=Token.Scope.READ
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        choices=[
            (30, _("after 30 days")),
            (90, _("after 90 days")),
            (365, _("after a year")),
            (0, _("never")),
        ],
        initial=90,
    )


def check_password(password: str, user: User) -> None:
    """Raise ValidationError for a password that is too easy to guess."""
    password_validation.validate_password(password, user)
