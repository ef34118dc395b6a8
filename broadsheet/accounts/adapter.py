"""How django-allauth behaves here."""

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
from broadsheet.mail import actions as mail

_MISMATCH = gettext_lazy("Wrong username, e-mail or password. Check them, or reset your password.")


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-up, login and mail as this site wants them."""

    error_messages = DefaultAccountAdapter.error_messages | {
        # One text for both, so that it does not tell which of them is known here.
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
            seconds=devices.WAIT,
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
        """Whether whoever asks may sign up, with the invitation they hold, if any."""
        secret = request.POST.get("invitation") or request.GET.get("invitation", "")
        return policy.can_register(actions.find_invitation(secret))

    def is_ajax(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Answer with pages only: programs use the API."""
        return False

    def post_login(
        self, request: HttpRequest, user: User, *, signup: bool, **details: Any
    ) -> HttpResponse:
        """Say that the account is there, once its owner is in."""
        if signup:
            text = _("Account created for %(username)s.") % {"username": user.username}
            messages.success(request, text)
        response: HttpResponse = super().post_login(request, user, signup=signup, **details)
        devices.remember_device(request, response, user)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead those who write to what they work on, and others to their profile."""
        user = request.user
        writes = isinstance(user, User) and user.is_author
        return reverse("studio:posts" if writes else "accounts:profile")

    def is_safe_url(self, url: str) -> bool:
        """Return whether `url` leads to this site, as the request named it.

        allauth would take every host that the site answers to, this machine's own names too.
        """
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse or delay a login after too many that failed. Raises ValidationError."""
        account = self._get_login_attempts_cache_key(request, **credentials)
        self._login_failed_rl_usage = ratelimit.RateLimitUsage(usage=[])
        if device := devices.known_device(request, account):
            if not self._count(request, "login_failed_known_device", f"{account}:{device}"):
                raise self.validation_error("too_many_login_attempts")
            return
        if not self._count(request, "login_failed"):
            raise self.validation_error("too_many_login_attempts")
        is_free = self._count(request, "login_failed_unknown_device", account)
        if not is_free and not devices.has_waited(request, account):
            raise self.validation_error("login_delayed")

    def _count(self, request: HttpRequest, action: str, key: str | None = None) -> bool:
        """Count a login that may fail; what succeeds is taken back. Return whether it may."""
        usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
        if usage:
            self._login_failed_rl_usage.usage += usage.usage
        return usage is not None

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        account = self._get_login_attempts_cache_key(request, **credentials)
        for action in ("login_failed", "login_failed_unknown_device"):
            ratelimit.clear(request, app="allauth.account", action=action, key=account)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address, unless it became somebody else's meanwhile."""
        others = User.objects.filter(email__iexact=email_address.email)
        if others.exclude(pk=email_address.user_id).exists():
            messages.error(request, _("Another account now uses this e-mail address."))
            return False
        return bool(super().confirm_email(request, email_address))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Lead back to the profile."""
        return reverse("accounts:profile")

    # Links in mails name the site by its setting: a request's Host header could name another.
    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link that a mail for a new password carries."""
        uid, _separator, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", args=[uid, token])

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:  # noqa: ARG002
        """Return the link that confirms an address."""
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write a mail from its templates, and have it sent in the background."""
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
        # allauth counts anew for each Host header, which whoever guesses chooses, and for each of
        # an account's two names; and a reset would free only one of them.
        name: str = credentials.get("email") or credentials.get("username", "")
        known = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))
        return str(known.values_list("pk", flat=True).first() or name.lower())

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address a request came from, as the outermost proxy of ours saw it."""
        own: str = request.META.get("REMOTE_ADDR") or "unknown"
        if not settings.PROXIES:
            return own
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        return hops[-settings.PROXIES] if len(hops) >= settings.PROXIES and hops[0] else own


def _lifetime(name: str) -> dt.timedelta:
    """Return how long the mail `name` is worth sending: no longer than its link works."""
    if name == "password_reset_key":
        return dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    if name.startswith("email_confirmation"):
        return dt.timedelta(days=settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS)
    return mail.PATIENCE
