"""Base views of the studio: each checks a policy first."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from broadsheet.accounts.policy import can_manage_users
from broadsheet.accounts.views.mixins import PolicyRequiredMixin
from broadsheet.posts.models import BulkChange, Post, Series, Tag
from broadsheet.posts.policy import can_create
from broadsheet.publication.policy import can_change_redirects, can_change_site

_MISSING = (
    BulkChange.DoesNotExist,
    Post.DoesNotExist,
    Series.DoesNotExist,
    Tag.DoesNotExist,
)


class StudioView(PolicyRequiredMixin, View):
    """A page of the studio.

    PermissionDenied becomes a page with the reason and who can help (403), a missing row a 404.
    """

    policy = staticmethod(can_create)
    denial = gettext_lazy(
        "The studio is for authors. Ask an owner of this site to make you an author."
    )
    home = "studio:posts"
    template_name: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Check the policy, then handle the request."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except _MISSING as error:
            raise Http404(str(error)) from error
        except PermissionDenied as error:
            reason = str(error) or _("You do not have permission to change this.")
            response = render(request, "studio/denied.html", {"reason": reason}, status=403)
            add_never_cache_headers(response)
            return response

    def render(self, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Render the view's template."""
        return render(self.request, self.template_name, context, status=status)


class SiteView(StudioView):
    """A page for users who can change the site."""

    policy = staticmethod(can_change_site)
    denial = gettext_lazy("Only owners can change the site. Ask one of them.")


class RedirectsView(SiteView):
    """A page for users who can change redirects."""

    policy = staticmethod(can_change_redirects)


class UsersView(SiteView):
    """A page for users who can invite users and change roles."""

    policy = staticmethod(can_manage_users)
    denial = gettext_lazy("Only owners can manage users. Ask one of them.")
