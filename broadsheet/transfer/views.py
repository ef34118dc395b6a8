"""Import pages for owners."""

import uuid

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from broadsheet.accounts.views.mixins import PolicyRequiredMixin
from broadsheet.lib.form_errors import add_errors
from broadsheet.posts.policy import can_import
from broadsheet.transfer import jobs
from broadsheet.transfer.forms import ImportForm
from broadsheet.transfer.models import ImportRun

_RECENT_RUNS = 20


class ImportView(PolicyRequiredMixin, View):
    """Base view for owners."""

    policy = staticmethod(can_import)
    denial = gettext_lazy("Only owners of this site can import archives.")
    home = "transfer:import"


class ImportIndex(ImportView):
    """Form to start an import, and the latest runs."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.render_page(ImportForm(initial={"author": self.user.pk}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the files and create a run."""
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_page(form, status=400)
        try:
            run = jobs.create_run(
                by=self.user, files=form.cleaned_data.pop("archive"), **form.cleaned_data
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.render_page(form, status=400)
        return redirect("transfer:run", pk=run.pk)

    def render_page(self, form: ImportForm, *, status: int = 200) -> HttpResponse:
        """Render the form and the latest imports."""
        context = {"form": form, "runs": ImportRun.objects.all()[:_RECENT_RUNS]}
        return render(self.request, "transfer/import.html", context, status=status)


class RunView(ImportView):
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
        """Stop the import after its current batch."""
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
        """Send the report as a file."""
        path = self.get_run(pk).report
        if not path.is_file():
            raise Http404(_("This import has no report yet."))
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
