"""The last address of all: whatever nobody else answers for."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from broadsheet.public.views.page import Page


class Nothing(Page):
    """No page; it may have moved."""

    http_method_names = ["get", "head", "options", "post", "put", "patch", "delete"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Raise Http404."""
        raise Http404(_("There is no page at this address."))

    post = put = patch = delete = get
