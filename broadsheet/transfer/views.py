"""The owner's pages about imports."""

import uuid
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from broadsheet.accounts.models import User
from broadsheet.posts.policy import can_import
from broadsheet.transfer import runs
from broadsheet.transfer.forms import ImportForm
from broadsheet.transfer.models import ImportRun

_SHOWN = 20


@method_decorator(never_cache, name="dispatch")
class OwnersView(View):
    """Asks the policy before anything else."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let owners in; strangers log in first and come back."""
        if not request.user.is_authenticated:
            is_page = request.method in {"GET", "HEAD"}
            return redirect_to_login(
                request.get_full_path() if is_page else reverse("transfer:import")
            )
        if not can_import(request.user):
            raise PermissionDenied(_("Only owners of this site import whole archives."))
        return super().dispatch(request, *args, **kwargs)

    def owner(self) -> User:
        """Return who is logged in."""
        user = self.request.user
        if not isinstance(user, User):  # `dispatch` lets nobody else in
            raise PermissionDenied
        return user


class Import(OwnersView):
    """Start an import; see the last ones."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page(ImportForm(initial={"author": self.owner().pk}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the files and begin."""
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, status=400)
        try:
            run = runs.begin(
                by=self.owner(), files=form.cleaned_data.pop("archive"), **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self.page(form, status=400)
        return redirect("transfer:run", pk=run.pk)

    def page(self, form: ImportForm, *, status: int = 200) -> HttpResponse:
        """Show the form and the last imports."""
        context = {"form": form, "runs": ImportRun.objects.all()[:_SHOWN]}
        return render(self.request, "transfer/import.html", context, status=status)


class RunView(OwnersView):
    """A page about one import."""

    def run(self, pk: uuid.UUID) -> ImportRun:
        """Return the import; 404 where there is none."""
        return get_object_or_404(ImportRun, pk=pk)


class Run(RunView):
    """How far an import is, and in the end what became of it."""

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Show it; while it is under way, the page asks for itself again."""
        run = self.run(pk)
        context = {"run": run, "has_report": run.report.is_file()}
        return render(request, "transfer/run.html", context)


class Cancel(RunView):
    """Stop an import."""

    def post(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Stop it after the posts it is at."""
        runs.cancel(self.run(pk))
        return redirect("transfer:run", pk=pk)


class Resume(RunView):
    """Go on with an import."""

    def post(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Ask for it again."""
        runs.resume(self.run(pk))
        return redirect("transfer:run", pk=pk)


class ReportFile(RunView):
    """The report of an import."""

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> FileResponse:
        """Send it as a file."""
        path = self.run(pk).report
        if not path.is_file():
            raise Http404(_("This import has no report yet."))
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
