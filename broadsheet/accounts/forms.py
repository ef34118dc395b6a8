"""Forms for accounts: sign-up, login, passwords, profile, tokens."""

from typing import Any
from uuid import uuid4

from allauth.account import forms as allauth
from django import forms
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts import actions
from broadsheet.accounts.actions.profile import MAX_LINKS
from broadsheet.accounts.models import Token, User


class LabelledFormMixin:
    """Labels instead of allauth's placeholders, which disappear while typing."""

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


class SignUpForm(LabelledFormMixin, allauth.SignupForm):  # type: ignore[misc] # allauth has no types
    """Creates an account."""

    invitation = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    help_texts = {
        **_PASSWORD_HELP,
        "username": _("Letters (A to Z), digits, hyphens and underscores."),
    }

    def try_save(self, request: Any) -> tuple[User | None, Any]:
        """Create the account, or notify the account that has the address, with the same work.

        Otherwise the response time would reveal who has an account.
        """
        if self.account_already_exists:
            with transaction.atomic():
                unused_email = f"{uuid4().hex}@nobody.invalid"
                User.objects.create_user(
                    self.cleaned_data["username"], unused_email, self.cleaned_data["password1"]
                )
                transaction.set_rollback(True)
        user_and_response: tuple[User | None, Any] = super().try_save(request)
        return user_and_response

    def save(self, request: Any) -> User:
        """Create the account and give it its role, or do neither. Raises PermissionDenied."""
        with transaction.atomic():
            user: User = super().save(request)
            secret = self.cleaned_data["invitation"]
            return actions.complete_signup(user, invitation=actions.find_invitation(secret))


class LogInForm(LabelledFormMixin, allauth.LoginForm):  # type: ignore[misc]
    """Username or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}

    def user_credentials(self) -> dict[str, str]:
        """Look up by e-mail or username, not both: a second query would reveal a difference."""
        credentials: dict[str, str] = super().user_credentials()
        if "email" in credentials:
            credentials.pop("username", None)
        return credentials


class ResetPasswordForm(LabelledFormMixin, allauth.ResetPasswordForm):  # type: ignore[misc]
    """E-mail address that a reset link is sent to."""


class ResetPasswordKeyForm(LabelledFormMixin, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """New password."""

    help_texts = _PASSWORD_HELP


class ChangePasswordForm(LabelledFormMixin, allauth.ChangePasswordForm):  # type: ignore[misc]
    """Current and new password."""

    help_texts = _PASSWORD_HELP
    labels = {
        **LabelledFormMixin.labels,
        "password1": _("New password"),
        "password2": _("Confirm new password"),
    }


class SetPasswordForm(LabelledFormMixin, allauth.SetPasswordForm):  # type: ignore[misc]
    """First password."""

    help_texts = _PASSWORD_HELP


class ReauthenticateForm(LabelledFormMixin, allauth.ReauthenticateForm):  # type: ignore[misc]
    """Password of the logged-in user."""


class ChangeEmailForm(LabelledFormMixin, allauth.AddEmailForm):  # type: ignore[misc]
    """New e-mail address."""

    labels = {"email": _("New e-mail address")}


class HttpUrlField(forms.URLField):
    """A URL with the scheme http or https."""

    default_error_messages = {"invalid": _("Enter a full URL: https://…")}
    default_validators = [URLValidator(schemes=["http", "https"])]


class ProfileLinkForm(forms.Form):
    """A link of a profile."""

    label = forms.CharField(label=_("Label"), max_length=60, required=False)
    url = HttpUrlField(label=_("URL"), required=False, assume_scheme="https", max_length=500)

    def clean(self) -> dict[str, Any]:
        """Require both fields or neither."""
        link = {name: self.cleaned_data.get(name, "") for name in ("label", "url")}
        if link["url"] and not link["label"]:
            self.add_error("label", _("Enter a label for this link, for example “My garden”."))
        if link["label"] and not link["url"] and not self.errors:
            self.add_error("url", _("Enter the URL of this link, for example https://example.org."))
        return link


ProfileLinkFormSet = forms.formset_factory(
    ProfileLinkForm, extra=MAX_LINKS, max_num=MAX_LINKS, validate_max=True
)


class ProfileForm(forms.ModelForm[User]):
    """Public profile of a user, and how the user writes."""

    picture = forms.FileField(
        label=_("Profile picture"),
        required=False,
        help_text=_("JPEG, PNG, GIF, WebP or AVIF. It is cropped to a square."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    remove_picture = forms.BooleanField(label=_("Remove the picture"), required=False)

    class Meta:
        model = User
        fields = ("display_name", "bio", "uses_plain_editor")
        help_texts = {
            "bio": _("Markdown. Shown on your author page."),
            "uses_plain_editor": _("The studio's editor shows formats and has more keys."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].widget.attrs["autocomplete"] = "name"
        if not self.instance.avatar:
            del self.fields["remove_picture"]
        if not self.instance.is_author:
            del self.fields["uses_plain_editor"]

    def _post_clean(self) -> None:
        """Do nothing: the action changes the instance."""


class TokenForm(forms.Form):
    """New API token."""

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
