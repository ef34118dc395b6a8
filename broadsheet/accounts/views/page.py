"""What all pages about an account have in common."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from broadsheet.accounts.models import User

if TYPE_CHECKING:
    from django.views.generic.base import ContextMixin, View

    class _View(ContextMixin, View):
        pass
else:
    _View = object


class Page(_View):
    """A page that is never kept, and whose address goes to no other site."""

    #: A form is shown and sent. Django's and allauth's views would take PUT for POST.
    http_method_names = ["get", "head", "post", "options"]

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, with headers that keep secrets in addresses secret.

        Not `no-referrer`: browsers then send `Origin: null` with forms, which no check can trust.
        """
        if str(request.method).lower() not in self.http_method_names:
            return self.http_method_not_allowed(request)
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Drop allauth's `site`, which would hide ours."""
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        return context


class Own(LoginRequiredMixin, Page):
    """A page for whoever is logged in, about themselves."""

    @property
    def person(self) -> User:
        """Them, read anew: what a form tries out must not show in the page's head."""
        user = self.request.user
        if not isinstance(user, User):  # LoginRequiredMixin lets nobody else in
            raise PermissionDenied
        return User.objects.get(pk=user.pk)
