"""Base classes of views: account pages, and pages that need a permission."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from broadsheet.accounts.models import User

if TYPE_CHECKING:
    from django.views.generic.base import ContextMixin, View

    class _View(ContextMixin, View):
        pass
else:
    _View = object


class AccountPageMixin(_View):
    """A page that is not cached and whose URL is not sent to other sites."""

    #: Django's and allauth's views would also handle PUT, like POST.
    http_method_names = ["get", "head", "post", "options"]

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Set headers that keep secrets in URLs secret.

        Not `no-referrer`: browsers then send `Origin: null` with forms, which no check can trust.
        """
        if str(request.method).lower() not in self.http_method_names:
            return self.http_method_not_allowed(request)
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Remove allauth's `site`, which would hide ours."""
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        return context


class LoginRequiredPageMixin(LoginRequiredMixin, AccountPageMixin):
    """A page about the logged-in user."""

    @property
    def user(self) -> User:
        """The user, read again: unsaved changes of a form must not show in the page's header."""
        user = self.request.user
        if not isinstance(user, User):  # LoginRequiredMixin rejects others
            raise PermissionDenied
        return User.objects.get(pk=user.pk)


class PolicyRequiredMixin(_View):
    """A page that requires a permission: `policy` must allow the user.

    Anonymous users are redirected to the login and back. Others get the message `denial`.
    """

    policy: ClassVar[Callable[..., bool]]  # takes an AnyUser
    denial: ClassVar[Any]
    #: Name of the URL to open after the login that a form led to.
    home: ClassVar[str]

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Check the policy, then handle the request. Raises PermissionDenied."""
        response = self.check_policy(request)
        return super().dispatch(request, *args, **kwargs) if response is None else response

    def check_policy(self, request: HttpRequest) -> HttpResponse | None:
        """Return the response for anonymous users. Raises PermissionDenied for other users."""
        if not request.user.is_authenticated:
            return self.require_login(request)
        if not type(self).policy(request.user):
            raise PermissionDenied(str(self.denial))
        return None

    def require_login(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the login, and from there back to the page."""
        is_page = request.method in {"GET", "HEAD"}
        return redirect_to_login(request.get_full_path() if is_page else reverse(self.home))

    @property
    def user(self) -> User:
        """The logged-in user."""
        user = self.request.user
        if not isinstance(user, User):  # `dispatch` rejects others
            raise PermissionDenied
        return user
