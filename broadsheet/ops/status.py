"""The owner's page on how the site is doing."""

import datetime as dt
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from broadsheet.ops import readiness, samples
from broadsheet.publication.policy import can_change_site

SPAN = dt.timedelta(days=1)
WIDTH, HEIGHT = 288, 60


class Plot(NamedTuple):
    """A line through the day: its points for SVG, and the last and the highest value in words."""

    title: str
    points: str
    last: str
    highest: str


@method_decorator(never_cache, name="dispatch")
class Status(TemplateView):
    """What /readyz looks at, with its reasons, and the last day in plots.

    Context: `checks` (list of readiness.Check), `plots` (list of Plot; empty on the first day).
    """

    http_method_names = ["get", "head", "options"]
    template_name = "ops/status.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let owners in; strangers log in first and come back."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not can_change_site(request.user):
            raise PermissionDenied(_("Only owners of this site see how it is doing."))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Look at everything."""
        return super().get_context_data(checks=readiness.checks(), plots=plots(), **kwargs)


def plots() -> list[Plot]:
    """Return the plots of the last day; none before there are two samples."""
    taken = samples.since(SPAN)
    if not taken:
        return []
    shown = {
        "kept": _("Answers from the page cache, in five minutes"),
        "made": _("Answers that were made, in five minutes"),
        "errors": _("Errors, in five minutes"),
        "waiting": _("Jobs that wait"),
        "failed": _("Jobs that failed"),
        "free": _("Room on the disk, in megabytes"),
        "mailed": _("Mails, in five minutes"),
        "unmailed": _("Mails that could not be sent, in five minutes"),
        "backup": _("Hours since the last backup"),
    }
    scale = {"free": 1_000_000, "backup": 3_600}
    return [
        _plot(title, [(at, row.get(name, 0) // scale.get(name, 1)) for at, row in taken])
        for name, title in shown.items()
        if any(name in row for _at, row in taken)
    ]


def _plot(title: str, values: list[tuple[dt.datetime, int]]) -> Plot:
    end = values[-1][0]
    highest = max(value for _at, value in values)
    points = " ".join(
        f"{WIDTH * (1 - (end - at) / SPAN):.1f},{HEIGHT * (1 - value / (highest or 1)):.1f}"
        for at, value in values
    )
    last = number_format(values[-1][1], use_l10n=True, force_grouping=True)
    return Plot(title, points, last, number_format(highest, use_l10n=True, force_grouping=True))
