"""Who gets into the studio: asked here, before every page."""

from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View

from broadsheet.accounts.models import User
from broadsheet.accounts.policy import AnyUser, can_manage_users
from broadsheet.posts.models import Post
from broadsheet.posts.policy import can_create
from broadsheet.publication.policy import can_change_redirects, can_change_site


@method_decorator(never_cache, name="dispatch")
class StudioView(View):
    """What every page of the studio has: the right it needs, and a kind refusal.

    Strangers log in first and come back; who is logged in but has not the right is told who can
    give it. What a policy refuses deeper down (PermissionDenied) is answered with the same page,
    and a post that it does not find with 404.
    """

    refusal: ClassVar[Any] = gettext_lazy(
        "The studio is for authors. Ask an owner of this site to make you an author."
    )
    template_name: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask the policy, then go on."""
        if not request.user.is_authenticated:
            return self.log_in_first(request)
        try:
            if not self.is_allowed(request.user):
                raise PermissionDenied(str(self.refusal))
            return super().dispatch(request, *args, **kwargs)
        except Post.DoesNotExist as error:
            raise Http404(str(error)) from error
        except PermissionDenied as error:
            reason = str(error) or _("You do not have permission to change this.")
            return render(request, "studio/refused.html", {"reason": reason}, status=403)

    def is_allowed(self, user: AnyUser) -> bool:
        """Whether `user` has the right this page needs: to write, where nothing else is said."""
        return can_create(user)

    def log_in_first(self, request: HttpRequest) -> HttpResponse:
        """Send a stranger to the login, and from there to where they wanted to go."""
        is_page = request.method in {"GET", "HEAD"}
        return redirect_to_login(request.get_full_path() if is_page else reverse("studio:posts"))

    @property
    def user(self) -> User:
        """The person at work, who is logged in by now."""
        user = self.request.user
        if not isinstance(user, User):  # `dispatch` lets nobody else in
            raise PermissionDenied
        return user

    def page(self, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Answer with the view's template."""
        return render(self.request, self.template_name, context, status=status)


class SiteView(StudioView):
    """A page for those who may change the site."""

    refusal = gettext_lazy("Only owners can change the site. Ask one of them.")

    def is_allowed(self, user: AnyUser) -> bool:
        """Who may change the site."""
        return can_change_site(user)


class RedirectsView(SiteView):
    """A page for those who may change redirects."""

    def is_allowed(self, user: AnyUser) -> bool:
        """Who may change redirects."""
        return can_change_redirects(user)


class PeopleView(SiteView):
    """A page for those who may invite people and change their roles."""

    refusal = gettext_lazy("Only owners can manage users. Ask one of them.")

    def is_allowed(self, user: AnyUser) -> bool:
        """Who may manage people."""
        return can_manage_users(user)
