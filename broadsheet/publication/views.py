"""First-run setup of the site."""

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from broadsheet.accounts.policy import is_claimed
from broadsheet.lib.form_errors import add_errors
from broadsheet.publication import actions
from broadsheet.publication.forms import SetupForm


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, key: str) -> HttpResponse:
    """Set up the site and create its owner's account, with the link from the terminal."""
    if not actions.can_set_up(key):
        return _reject(request)
    form = SetupForm(request.POST or None)
    if form.is_valid():
        try:
            owner = actions.setup(key=key, **form.cleaned_data)
        except PermissionDenied:
            return _reject(request)
        except ValidationError as error:
            add_errors(form, error)
        else:
            login(request, owner)
            text = _("Account created for %(username)s. You own this site now.")
            messages.success(request, text % {"username": owner.username})
            return redirect("studio:posts")
    return _protect_key(render(request, "publication/setup.html", {"form": form}))


def _reject(request: HttpRequest) -> HttpResponse:
    """Return 410 if the site has an owner. Raises Http404 for a wrong key."""
    if not is_claimed():
        raise Http404(_("Not found."))
    return _protect_key(render(request, "publication/already_set_up.html", status=410))


def _protect_key(response: HttpResponse) -> HttpResponse:
    """Do not send the URL, which contains the key, to other sites."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response
