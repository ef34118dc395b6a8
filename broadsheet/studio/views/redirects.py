"""Redirects, for owners."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from broadsheet.lib.form_errors import add_errors
from broadsheet.publication import actions
from broadsheet.publication.models import Redirect
from broadsheet.studio.forms.redirects import RedirectForm
from broadsheet.studio.views.base import RedirectsView

PAGE_SIZE = 100


class RedirectList(RedirectsView):
    """Old paths and their new URLs, sorted by path."""

    template_name = "studio/redirects.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of redirects, starting at a path."""
        return self.render_list(RedirectForm(), start=request.GET.get("from", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add a redirect, or replace the one for that path."""
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
        return self.render_list(form, start="", status=422)

    def render_list(self, form: RedirectForm, *, start: str, status: int = 200) -> HttpResponse:
        """Show the redirects from the path `start` on, and the form."""
        start = start[:500].replace("\0", "")
        rows = list(Redirect.objects.filter(old_path__gte=start)[: PAGE_SIZE + 1])
        context = {
            "form": form,
            "redirects": rows[:PAGE_SIZE],
            "start": start,
            "next": rows[PAGE_SIZE] if len(rows) > PAGE_SIZE else None,
        }
        return self.render(context, status=status)


class DeleteRedirect(RedirectsView):
    """Delete a redirect."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Delete the redirect."""
        row = get_object_or_404(Redirect, pk=pk)
        actions.delete_redirects_for([row.old_path])
        messages.success(request, _("Redirect from %s deleted.") % row.old_path)
        return redirect("studio:redirects")
