"""Changing and resetting passwords."""

from allauth.account import views

from broadsheet.accounts import forms
from broadsheet.accounts.views.mixins import AccountPageMixin


class ChangePasswordView(AccountPageMixin, views.PasswordChangeView):  # type: ignore[misc] # allauth has no types
    """Change the password, knowing the current one."""

    form_class = forms.ChangePasswordForm


class SetPasswordView(AccountPageMixin, views.PasswordSetView):  # type: ignore[misc]
    """Set a first password."""

    form_class = forms.SetPasswordForm


class ResetPasswordView(AccountPageMixin, views.PasswordResetView):  # type: ignore[misc]
    """Send a reset link; the response does not reveal whether the account exists."""

    form_class = forms.ResetPasswordForm


class ResetPasswordDoneView(AccountPageMixin, views.PasswordResetDoneView):  # type: ignore[misc]
    """Tells the user to check their mail."""


class ResetPasswordFromKeyView(AccountPageMixin, views.PasswordResetFromKeyView):  # type: ignore[misc]
    """Set a new password through the link in a mail."""

    form_class = forms.ResetPasswordKeyForm


class ResetPasswordFromKeyDoneView(AccountPageMixin, views.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    """Confirmation of the reset."""
