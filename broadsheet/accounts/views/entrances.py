"""Signing up, in and out."""

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
from broadsheet.accounts.views.page import Page

MANY_REQUESTS = 429
#: Seconds to wait after each kind of too many logins that failed.
RETRY_AFTER = {"too_many_login_attempts": 300, "login_delayed": devices.WAIT}


class SignUp(Page, views.SignupView):  # type: ignore[misc] # allauth has no types
    """A new account, for those whom the site's registration lets in."""

    form_class = forms.SignUp

    @cached_property
    def secret(self) -> str:
        """The secret of the invitation that was followed here, if any."""
        given = self.request.POST.get("invitation") or self.request.GET.get("invitation")
        return str(given or "")

    @cached_property
    def invitation(self) -> Invitation | None:
        """The open invitation it belongs to."""
        return actions.find_invitation(self.secret)

    def get_initial(self) -> dict[str, Any]:
        """Fill in what the invitation says."""
        initial: dict[str, Any] = super().get_initial()
        initial["invitation"] = self.secret
        if self.invitation is not None and self.invitation.email:
            initial["email"] = self.invitation.email
        return initial

    def form_valid(self, form: forms.SignUp) -> HttpResponse:
        """Make the account, unless the door closed or a name was taken this very moment."""
        try:
            response: HttpResponse = super().form_valid(form)
        except PermissionDenied:
            return self.closed()
        except IntegrityError:
            form.add_error(
                None, _("This username or e-mail address has just been taken. Try another.")
            )
            refused: HttpResponse = self.form_invalid(form)
            return refused
        return response

    def closed(self) -> HttpResponse:
        """Say why nobody can sign up this way, and what to do."""
        context = {
            "is_claimed": policy.is_claimed(),
            "registration": Registration.current(),
            "was_invited": bool(self.secret),
        }
        return render(self.request, "account/signup_closed.html", context, status=403)


class LogIn(Page, views.LoginView):  # type: ignore[misc]
    """Who you are, by name or address."""

    form_class = forms.LogIn

    def form_invalid(self, form: forms.LogIn) -> HttpResponse:
        """Show what is wrong; after too many tries with the status that says so (RFC 6585)."""
        response: HttpResponse = super().form_invalid(form)
        for code, seconds in RETRY_AFTER.items():
            if form.has_error(NON_FIELD_ERRORS, code=code):
                response.status_code = MANY_REQUESTS
                response.headers["Retry-After"] = str(seconds)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer to sign up only where anyone can, and say where the owner's link is."""
        more = {"is_open": policy.can_register(None), "is_claimed": policy.is_claimed()}
        return super().get_context_data(**kwargs) | more


class LogOut(Page, views.LogoutView):  # type: ignore[misc]
    """Leaving: a form on GET, done on POST."""


class Inactive(Page, views.AccountInactiveView):  # type: ignore[misc]
    """What somebody sees whose account is closed."""


class Reauthenticate(Page, views.ReauthenticateView):  # type: ignore[misc]
    """The password once more, before something that matters."""

    form_class = forms.Reauthenticate
