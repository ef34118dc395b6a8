"""The status page for owners."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.generic import TemplateView

from broadsheet.accounts.policy import is_owner
from broadsheet.accounts.views.mixins import PolicyRequiredMixin
from broadsheet.mail import actions as mail
from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.monitoring import health_checks, metric_samples, plots
from broadsheet.ops.monitoring.plots import Plot

#: At most this many waiting and this many failed mails are listed.
MAX_MAILS = 10
CHECK_NAMES = {
    "disk": _lazy("Disk"),
    "database": _lazy("Database"),
    "migrations": _lazy("Migrations"),
    "worker": _lazy("Background worker"),
    "scheduled": _lazy("Scheduled posts"),
    "queue": _lazy("Jobs"),
    "mail": _lazy("Mail"),
    "backup": _lazy("Backup"),
    "verification": _lazy("Trial restore"),
    "redis": _lazy("Redis"),
    "replica": _lazy("Replica"),
    "certificate": _lazy("Certificate"),
}


class StatusView(PolicyRequiredMixin, TemplateView):
    """All health checks with their messages, unsent mails, and plots of the last day.

    Context: `checks` (pairs of a name and a `Check`, failed ones first), `problems` (their
    number), `plots` (empty on the first day), `mails` (waiting after a failed attempt, or failed).
    """

    http_method_names = ["get", "head", "options", "post"]
    template_name = "ops/status.html"
    policy = staticmethod(is_owner)
    denial = _lazy("Only owners of this site can see its status.")
    home = "ops:status"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a test mail to the current user."""
        to = self.user.email
        if not to:
            messages.error(request, _("Your account has no e-mail address."))
        else:
            subject, body = test_message()
            mail.send(to=to, subject=subject, text=body)
            text = _("A test e-mail to %(to)s is on its way. Its status appears below.")
            messages.success(request, text % {"to": to})
        return redirect("ops:status")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Run all health checks and collect mails and plots."""
        checks = sorted(health_checks.all_checks(), key=lambda check: check.is_healthy)
        unsent = OutgoingMessage.objects.unsent().order_by("-closed_at")[:MAX_MAILS]
        retried = OutgoingMessage.objects.waiting().filter(attempts__gt=0)
        return super().get_context_data(
            checks=[(CHECK_NAMES.get(check.name, check.name), check) for check in checks],
            problems=sum(not check.is_healthy for check in checks),
            plots=day_plots(),
            mails=[*retried.order_by("-created_at")[:MAX_MAILS], *unsent],
            has_mail_server=settings.HAS_MAIL_SERVER,
            time_zone=timezone.get_current_timezone_name(),
            **kwargs,
        )


def test_message() -> tuple[str, str]:
    """Return the subject and the text of the test mail."""
    site = {"site": settings.SITE_URL}
    return (
        _("Test e-mail from %(site)s") % site,
        _("This e-mail arrived, so %(site)s can send e-mails.") % site,
    )


def day_plots() -> list[Plot]:
    """Return the plots of the last day; empty with fewer than two samples."""
    rows = metric_samples.since(plots.SPAN)
    if not rows:
        return []
    now = timezone.now()
    titles = {
        metric_samples.HITS: _("Cache hits per five minutes"),
        metric_samples.RENDERED: _("Rendered responses per five minutes"),
        "errors": _("Errors per five minutes"),
        "waiting": _("Waiting jobs"),
        "failed": _("Failed jobs"),
        "free": _("Free disk space, in megabytes"),
        "mailed": _("E-mails sent per five minutes"),
        "unmailed": _("Failed e-mails per five minutes"),
        "backup": _("Hours since the last backup"),
    }
    scale = {"free": 1_000_000, "backup": 3_600}
    return [
        plots.plot(title, [(at, row.get(name, 0) // scale.get(name, 1)) for at, row in rows], now)
        for name, title in titles.items()
        if any(name in row for _at, row in rows)
    ]
