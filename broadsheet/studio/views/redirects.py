"""The owner's page about redirects."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from broadsheet.lib.form_errors import add_errors
from broadsheet.publication import actions
from broadsheet.publication.models import Redirect
from broadsheet.studio.access import RedirectsView
from broadsheet.studio.forms.site import RedirectForm

LENGTH = 100


class RedirectList(RedirectsView):
    """Old addresses and where they lead, in the order of their paths."""

    template_name = "studio/redirects.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of them, from a path on."""
        return self.listed(RedirectForm(), since=request.GET.get("from", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add one, or change the one of that path."""
        form = RedirectForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                row = actions.add_redirect(
                    data["old_path"], data["new_path"], status=data["status"]
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("Redirect from %s saved.") % row.old_path)
                return redirect("studio:redirects")
        return self.listed(form, since="", status=422)

    def listed(self, form: RedirectForm, *, since: str, status: int = 200) -> HttpResponse:
        """Show the redirects whose paths do not come before `since`, and the form."""
        since = since[:500].replace("\0", "")
        found = list(Redirect.objects.filter(old_path__gte=since)[: LENGTH + 1])
        context = {
            "form": form,
            "redirects": found[:LENGTH],
            "since": since,
            "next": found[LENGTH] if len(found) > LENGTH else None,
        }
        return self.page(context, status=status)


class RemoveRedirect(RedirectsView):
    """An old address that is no longer redirected."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Drop it."""
        found = get_object_or_404(Redirect, pk=pk)
        actions.delete_redirects_for([found.old_path])
        messages.success(request, _("Redirect from %s deleted.") % found.old_path)
        return redirect("studio:redirects")
