"""Claiming the site."""

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
from broadsheet.publication.forms import Claim


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, key: str) -> HttpResponse:
    """Name the site and make its owner's account, for who holds the link from the terminal."""
    if not actions.can_claim(key):
        return _refused(request)
    form = Claim(request.POST or None)
    if form.is_valid():
        try:
            owner = actions.claim(key=key, **form.cleaned_data)
        except PermissionDenied:
            return _refused(request)
        except ValidationError as error:
            add_errors(form, error)
        else:
            login(request, owner)
            text = _("Account created for %(username)s. You own this site now.")
            messages.success(request, text % {"username": owner.username})
            return redirect("studio:posts")
    return _kept_secret(render(request, "publication/claim.html", {"form": form}))


def _refused(request: HttpRequest) -> HttpResponse:
    """Say that the site has an owner; a wrong key is an address like any other that is not."""
    if not is_claimed():
        raise Http404(_("Not found."))
    return _kept_secret(render(request, "publication/claimed.html", status=410))


def _kept_secret(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "same-origin"
    return response
