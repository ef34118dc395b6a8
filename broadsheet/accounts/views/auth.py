"""Sign-up, login, logout and reauthentication."""

from typing import Any

from allauth.account import views
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from broadsheet.accounts import actions, devices, forms, policy
from broadsheet.accounts.models import Invitation, Registration
from broadsheet.accounts.views.mixins import AccountPageMixin

TOO_MANY_REQUESTS = 429
#: Seconds to wait after each kind of error about failed logins.
RETRY_AFTER = {"too_many_login_attempts": 300, "login_delayed": devices.WAIT_SECONDS}


class SignUpView(AccountPageMixin, views.SignupView):  # type: ignore[misc] # allauth has no types
    """Sign-up, if the site's settings or an invitation allow it."""

    form_class = forms.SignUpForm

    @cached_property
    def secret(self) -> str:
        """The secret in the link of an invitation, or empty."""
        secret = self.request.POST.get("invitation") or self.request.GET.get("invitation")
        return str(secret or "")

    @cached_property
    def invitation(self) -> Invitation | None:
        """The open invitation with the secret in the link."""
        return actions.find_invitation(self.secret)

    def get_initial(self) -> dict[str, Any]:
        """Return the e-mail address of the invitation as initial data."""
        initial: dict[str, Any] = super().get_initial()
        initial["invitation"] = self.secret
        if self.invitation is not None and self.invitation.email:
            initial["email"] = self.invitation.email
        return initial

    def form_valid(self, form: forms.SignUpForm) -> HttpResponse:
        """Create the account, unless sign-up was closed or the name taken in the meantime."""
        try:
            response: HttpResponse = super().form_valid(form)
        except PermissionDenied:
            return self.closed()
        except IntegrityError:
            form.add_error(
                None, _("This username or e-mail address has just been taken. Try another.")
            )
            invalid: HttpResponse = self.form_invalid(form)
            return invalid
        return response

    def closed(self) -> HttpResponse:
        """Render a page with the reason why sign-up is not possible, and a solution."""
        context = {
            "is_claimed": policy.is_claimed(),
            "registration": Registration.current(),
            "was_invited": bool(self.secret),
        }
        return render(self.request, "account/signup_closed.html", context, status=403)


class LogInView(AccountPageMixin, views.LoginView):  # type: ignore[misc]
    """Login by username or e-mail address."""

    form_class = forms.LogInForm

    def form_invalid(self, form: forms.LogInForm) -> HttpResponse:
        """Show the errors; with status 429 after too many attempts (RFC 6585)."""
        response: HttpResponse = super().form_invalid(form)
        for code, seconds in RETRY_AFTER.items():
            if form.has_error(NON_FIELD_ERRORS, code=code):
                response.status_code = TOO_MANY_REQUESTS
                response.headers["Retry-After"] = str(seconds)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether anyone can sign up, and whether the site has an owner."""
        return super().get_context_data(**kwargs) | {
            "is_open": policy.can_register(None),
            "is_claimed": policy.is_claimed(),
        }


class LogOutView(AccountPageMixin, views.LogoutView):  # type: ignore[misc]
    """Logout: asks on GET, logs out on POST."""


class AccountInactiveView(AccountPageMixin, views.AccountInactiveView):  # type: ignore[misc]
    """Message for users whose account is closed."""


class ReauthenticateView(AccountPageMixin, views.ReauthenticateView):  # type: ignore[misc]
    """Password prompt before a sensitive change."""

    form_class = forms.ReauthenticateForm
