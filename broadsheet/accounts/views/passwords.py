"""Changing and resetting passwords."""

from allauth.account import views

from broadsheet.accounts import forms
from broadsheet.accounts.views.page import Page


class ChangePassword(Page, views.PasswordChangeView):  # type: ignore[misc] # allauth has no types
    """Another password, for who knows the old one."""

    form_class = forms.ChangePassword


class SetPassword(Page, views.PasswordSetView):  # type: ignore[misc]
    """A first password, for an account that has none."""

    form_class = forms.SetPassword


class ResetPassword(Page, views.PasswordResetView):  # type: ignore[misc]
    """A link for a new password goes out; what is said does not tell whether to anybody."""

    form_class = forms.ResetPassword


class ResetPasswordDone(Page, views.PasswordResetDoneView):  # type: ignore[misc]
    """Where to look for the mail."""


class ResetPasswordFromKey(Page, views.PasswordResetFromKeyView):  # type: ignore[misc]
    """The new password, for who holds the link."""

    form_class = forms.ResetPasswordKey


class ResetPasswordFromKeyDone(Page, views.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    """It is done."""
