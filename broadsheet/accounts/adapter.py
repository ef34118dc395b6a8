"""django-allauth's adapter: messages, redirects, mail and login limits."""

import datetime as dt
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.accounts import actions, devices, policy
from broadsheet.accounts.models import User
from broadsheet.lib.client_ip import client_ip
from broadsheet.mail import actions as mail

_MISMATCH = gettext_lazy("Wrong username, e-mail or password. Check them, or reset your password.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-up, login and mail of this site."""

    error_messages = DefaultAccountAdapter.error_messages | {
        # The same text for both, so that it does not reveal which of them exists.
        "email_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
        "too_many_login_attempts": gettext_lazy(
            "Too many failed attempts. Wait five minutes, or reset your password."
        ),
        "login_delayed": format_lazy(
            gettext_lazy(
                "Too many wrong passwords for this account. Wait {seconds} seconds and try "
                "again, or reset your password."
            ),
            seconds=devices.WAIT_SECONDS,
        ),
        "username_taken": gettext_lazy("This username is taken. Choose another."),
        "username_blacklisted": gettext_lazy("This username is reserved. Choose another."),
        "email_taken": gettext_lazy(
            "This e-mail address is already in use. Log in, or reset your password."
        ),
        "duplicate_email": gettext_lazy("This is already your e-mail address."),
        "enter_current_password": gettext_lazy("Wrong current password."),
        "incorrect_password": gettext_lazy("Wrong password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether this visitor may sign up, with an invitation if the request has one."""
        secret = request.POST.get("invitation") or request.GET.get("invitation", "")
        return policy.can_register(actions.find_invitation(secret))

    def is_ajax(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Respond with pages only: programs use the API."""
        return False

    def post_login(
        self, request: HttpRequest, user: User, *, signup: bool, **details: Any
    ) -> HttpResponse:
        """Confirm a new account after the login, and remember the device."""
        if signup:
            text = _("Account created for %(username)s.") % {"username": user.username}
            messages.success(request, text)
        response: HttpResponse = super().post_login(request, user, signup=signup, **details)
        devices.remember_device(request, response, user)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the studio for authors, the profile for readers."""
        user = request.user
        is_author = isinstance(user, User) and user.is_author
        return reverse("studio:posts" if is_author else "accounts:profile")

    def is_safe_url(self, url: str) -> bool:
        """Return whether `url` is on the host of the request.

        allauth would accept every host of the site, including names of this machine.
        """
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Reject or delay a login after too many failed ones. Raises ValidationError."""
        account = self._get_login_attempts_cache_key(request, **credentials)
        self._login_failed_rl_usage = ratelimit.RateLimitUsage(usage=[])
        if device := devices.known_device(request, account):
            if not self._count(request, "login_failed_known_device", f"{account}:{device}"):
                raise self.validation_error("too_many_login_attempts")
            return
        if not self._count(request, "login_failed"):
            raise self.validation_error("too_many_login_attempts")
        is_within_limit = self._count(request, "login_failed_unknown_device", account)
        if not is_within_limit and not devices.has_waited(request, account):
            raise self.validation_error("login_delayed")

    def _count(self, request: HttpRequest, action: str, key: str | None = None) -> bool:
        """Count an attempt, undone if it succeeds. Return whether it is within the limit."""
        usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
        if usage:
            self._login_failed_rl_usage.usage += usage.usage
        return usage is not None

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        account = self._get_login_attempts_cache_key(request, **credentials)
        for action in ("login_failed", "login_failed_unknown_device"):
            ratelimit.clear(request, app="allauth.account", action=action, key=account)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address, unless another account uses it by now."""
        others = User.objects.filter(email__iexact=email_address.email)
        if others.exclude(pk=email_address.user_id).exists():
            messages.error(request, _("Another account now uses this e-mail address."))
            return False
        return bool(super().confirm_email(request, email_address))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Return the profile."""
        return reverse("accounts:profile")

    # Links in mails use the site's setting: the Host header of a request could name another site.
    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a mail that resets a password."""
        uid, _separator, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", args=[uid, token])

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:  # noqa: ARG002
        """Return the link that confirms an address."""
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render a mail and send it in the background."""
        context = {**context, "email": email, "site_url": settings.SITE_URL}
        subject, text = (
            render_to_string(f"{template_prefix}_{part}.txt", context, self.request).strip()
            for part in ("subject", "message")
        )
        context |= {"subject": subject, "text": text}
        html = render_to_string("account/email/base_message.html", context, self.request)
        lifetime = _lifetime(template_prefix.rpartition("/")[2])
        mail.send(to=email, subject=subject, text=text, html=html, lifetime=lifetime)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        # allauth counts separately for each Host header, which an attacker chooses, and for the
        # username and e-mail of an account; and a password reset would clear only one of them.
        name: str = credentials.get("email") or credentials.get("username", "")
        users = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))
        return str(users.values_list("pk", flat=True).first() or name.lower())

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's IP address, for rate limits."""
        ip = client_ip(request.META, settings.PROXIES)
        return ip or request.META.get("REMOTE_ADDR") or "unknown"


def _lifetime(name: str) -> dt.timedelta:
    """Return how long to try to send the mail `name`: no longer than its link works."""
    if name == "password_reset_key":
        return dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    if name.startswith("email_confirmation"):
        return dt.timedelta(days=settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS)
    return mail.DEFAULT_LIFETIME
