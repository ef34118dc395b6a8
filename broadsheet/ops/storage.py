"""What is answered while the storage of images does not answer."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from broadsheet.lib.outage import Outage, report
from broadsheet.lib.storage import Gone


class WithoutStorage(MiddlewareMixin):
    """Answers 503, and with when to try again, what needs a file; pages need none."""

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say so in one line, to people and in the log."""
        if not isinstance(exception, Gone):
            return None
        report(exception, Outage.GONE)
        response = HttpResponse(
            _("Images cannot be stored or shown at the moment. Try again soon."),
            content_type="text/plain; charset=utf-8",
            status=503,
            headers={"Retry-After": "10", "Cache-Control": "no-store"},
        )
        response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - how Django knows
        return response
