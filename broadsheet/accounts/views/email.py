"""Confirming and changing the e-mail address."""

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
from broadsheet.accounts.views.page import Own, Page


class ConfirmEmail(Page, views.ConfirmEmailView):  # type: ignore[misc] # allauth has no types
    """The link in the mail leads here; a button confirms, since programs follow links too."""


class VerificationSent(Page, views.EmailVerificationSentView):  # type: ignore[misc]
    """Where to look for the mail."""


@method_decorator(
    [login_required, reauthentication_required(app=""), rate_limit(action="manage_email")],
    name="dispatch",
)
class ChangeEmail(Own, FormView[Any]):
    """Another address: at once while there is no mail server, else once it is confirmed."""

    template_name = "account/email_change.html"
    form_class = forms.ChangeEmail
    success_url = reverse_lazy("account_email")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form whose address it is."""
        return {**super().get_form_kwargs(), "user": self.person}

    def form_valid(self, form: forms.ChangeEmail) -> HttpResponse:
        """Change the address, or ask its holder first."""
        email = form.cleaned_data["email"]
        if app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY:
            self._ask(email)
            return super().form_valid(form)
        try:
            actions.change_email(self.person, email)
        except ValidationError as error:
            form.add_error("email", error.messages)
            return self.form_invalid(form)
        messages.success(
            self.request, _("Your e-mail address is now %(email)s.") % {"email": email}
        )
        return super().form_valid(form)

    def _ask(self, email: str) -> None:
        """Send a link to the new address. If it is another account's, that one is told instead."""
        is_taken = User.objects.filter(email__iexact=email).exists()
        address = actions.propose_email(self.person, email)
        asked = EmailAddress(email=email) if is_taken else address
        send_verification_email_to_address(self.request, asked, signup=is_taken)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the address that waits to be confirmed."""
        person = self.person
        pending = EmailAddress.objects.filter(user=person, verified=False)
        return super().get_context_data(**kwargs) | {
            "current": person.email,
            "pending": pending.exclude(email=person.email).first(),
        }
