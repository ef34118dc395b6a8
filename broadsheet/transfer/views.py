"""Import pages for owners."""

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
from broadsheet.transfer import jobs
from broadsheet.transfer.forms import ImportForm
from broadsheet.transfer.models import ImportRun

_RECENT_RUNS = 20


@method_decorator(never_cache, name="dispatch")
class OwnerView(View):
    """Base view: checks the policy first."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Allow owners; redirect anonymous visitors to the login page and back."""
        if not request.user.is_authenticated:
            is_page = request.method in {"GET", "HEAD"}
            return redirect_to_login(
                request.get_full_path() if is_page else reverse("transfer:import")
            )
        if not can_import(request.user):
            raise PermissionDenied(_("Only owners of this site can import archives."))
        return super().dispatch(request, *args, **kwargs)

    def owner(self) -> User:
        """Return the logged-in user."""
        user = self.request.user
        if not isinstance(user, User):  # `dispatch` allows owners only
            raise PermissionDenied
        return user


class ImportIndex(OwnerView):
    """Form to start an import, and the latest runs."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.render_page(ImportForm(initial={"author": self.owner().pk}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the files and create a run."""
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_page(form, status=400)
        try:
            run = jobs.create_run(
                by=self.owner(), files=form.cleaned_data.pop("archive"), **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self.render_page(form, status=400)
        return redirect("transfer:run", pk=run.pk)

    def render_page(self, form: ImportForm, *, status: int = 200) -> HttpResponse:
        """Render the form and the latest imports."""
        context = {"form": form, "runs": ImportRun.objects.all()[:_RECENT_RUNS]}
        return render(self.request, "transfer/import.html", context, status=status)


class RunView(OwnerView):
    """Base view of one import."""

    def get_run(self, pk: uuid.UUID) -> ImportRun:
        """Return the import run or raise 404."""
        return get_object_or_404(ImportRun, pk=pk)


class RunDetail(RunView):
    """Progress and result of an import."""

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Render the page; it reloads itself while the import runs."""
        run = self.get_run(pk)
        context = {"run": run, "has_report": run.report.is_file()}
        return render(request, "transfer/run.html", context)


class CancelRun(RunView):
    """Stop an import."""

    def post(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Stop it after its current batch."""
        jobs.cancel_run(self.get_run(pk))
        return redirect("transfer:run", pk=pk)


class ResumeRun(RunView):
    """Resume an import."""

    def post(self, _request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Request the import again."""
        jobs.resume_run(self.get_run(pk))
        return redirect("transfer:run", pk=pk)


class ReportDownload(RunView):
    """Report of an import."""

    def get(self, _request: HttpRequest, pk: uuid.UUID) -> FileResponse:
        """Send it as a file."""
        path = self.get_run(pk).report
        if not path.is_file():
            raise Http404(_("This import has no report yet."))
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
