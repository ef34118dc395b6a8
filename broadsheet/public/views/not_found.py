"""Catch-all view: redirects old and legacy URLs, or returns 404."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from broadsheet.public.views.base import PublicView


class NotFoundView(PublicView):
    """Raises Http404, which `redirect_fallback` replaces with a redirect if there is one."""

    http_method_names = ["get", "head", "options", "post", "put", "patch", "delete"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Raise Http404."""
        raise Http404(_("There is no page at this URL."))

    post = put = patch = delete = get
