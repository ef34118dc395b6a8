"""The owner's page about the site."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import set_registration
from broadsheet.accounts.models import Registration
from broadsheet.lib import colours
from broadsheet.lib.form_errors import add_errors
from broadsheet.media.actions import upload_by_form
from broadsheet.publication.actions import edit_site
from broadsheet.publication.models import Site
from broadsheet.studio.access import SiteView
from broadsheet.studio.forms.site import Navigation, SettingsForm


class SiteSettings(SiteView):
    """Name, look, navigation, and who may join."""

    template_name = "studio/settings.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show what is set."""
        site = Site.current()
        shown = SettingsForm.filled_in(site, Registration.current())
        links = Navigation(initial=site.navigation, prefix="links")
        form = SettingsForm(initial=shown)
        return self.page({"form": form, "links": links, "contrasts": _contrasts(site.accent)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save it, all or nothing."""
        form = SettingsForm(request.POST, request.FILES)
        links = Navigation(request.POST, prefix="links")
        if form.is_valid() & links.is_valid():
            try:
                self.save(form, [row for row in links.cleaned_data if row.get("url")])
            except ValidationError as error:
                add_errors(form, error, {"file": "logo_file"})
            else:
                messages.success(request, _("Saved."))
                return redirect("studio:settings")
        return self.page({"form": form, "links": links}, status=422)

    def save(self, form: SettingsForm, navigation: list[dict[str, str]]) -> None:
        """Change the site and who may join. Raises ValidationError."""
        changes = form.site_changes()
        if file := form.cleaned_data["logo_file"]:
            changes["logo"] = upload_by_form(file, name=file.name, by=self.user)
        with transaction.atomic():
            edit_site(navigation=navigation, **changes)
            set_registration(mode=form.cleaned_data["mode"], role=form.cleaned_data["role"])


def _contrasts(accent: str) -> list[tuple[str, float, bool]]:
    """Return for each paper its name, the accent's contrast on it and whether that is enough."""
    papers = (
        (_("on the light background"), colours.PAPER),
        (_("on the dark background"), colours.DARK_PAPER),
    )
    found = [(name, colours.contrast(accent, paper)) for name, paper in papers]
    return [(name, ratio, ratio >= colours.READABLE) for name, ratio in found]
