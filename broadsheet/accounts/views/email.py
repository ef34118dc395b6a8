"""Confirm and change the e-mail address."""

from typing import Any

from allauth.account import app_settings, views
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic import FormView

from broadsheet.accounts import actions, forms
from broadsheet.accounts.models import User
from broadsheet.accounts.views.mixins import AccountPageMixin, LoginRequiredPageMixin
from broadsheet.lib.form_errors import add_errors


class ConfirmEmailView(AccountPageMixin, views.ConfirmEmailView):  # type: ignore[misc] # allauth has no types
    """Target of the link in a mail. A button confirms, since programs follow links too."""


class VerificationSentView(AccountPageMixin, views.EmailVerificationSentView):  # type: ignore[misc]
    """Tells the user to check their mail."""


@method_decorator(
    [login_required, reauthentication_required(app=""), rate_limit(action="manage_email")],
    name="dispatch",
)
class ChangeEmailView(LoginRequiredPageMixin, FormView[Any]):
    """Change the address: at once without a mail server, else when it is confirmed."""

    template_name = "account/email_change.html"
    form_class = forms.ChangeEmailForm
    success_url = reverse_lazy("account_email")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Pass the user to the form."""
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: forms.ChangeEmailForm) -> HttpResponse:
        """Change the address, or send a link to it first."""
        email = form.cleaned_data["email"]
        if app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY:
            self._send_link(email)
            return super().form_valid(form)
        try:
            actions.change_email(self.user, email)
        except ValidationError as error:
            add_errors(form, error)
            return self.form_invalid(form)
        messages.success(
            self.request, _("Your e-mail address is now %(email)s.") % {"email": email}
        )
        return super().form_valid(form)

    def _send_link(self, email: str) -> None:
        """Send a link to the new address. If another account has it, notify that one instead."""
        is_taken = User.objects.filter(email__iexact=email).exists()
        address = actions.request_email_change(self.user, email)
        recipient = EmailAddress(email=email) if is_taken else address
        send_verification_email_to_address(self.request, recipient, signup=is_taken)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the current address and the unconfirmed one."""
        user = self.user
        pending = EmailAddress.objects.filter(user=user, verified=False)
        return super().get_context_data(**kwargs) | {
            "current": user.email,
            "pending": pending.exclude(email=user.email).first(),
        }
