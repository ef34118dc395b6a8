"""What is answered while the storage of images does not answer."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from broadsheet.lib.storage import Gone

logger = logging.getLogger(__name__)


class WithoutStorage(MiddlewareMixin):
    """Answers 503, and with when to try again, what needs a file; pages need none."""

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say so in one line, to people and in the log."""
        if not isinstance(exception, Gone):
            return None
        logger.error("%s.", exception)
        return HttpResponse(
            _("Images cannot be stored or shown at the moment. Try again soon."),
            content_type="text/plain; charset=utf-8",
            status=503,
            headers={"Retry-After": "10", "Cache-Control": "no-store"},
        )
