"""Settings of the site, for owners."""

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
from broadsheet.studio.forms.site import NavigationFormSet, SiteSettingsForm
from broadsheet.studio.views.base import SiteView


class SiteSettings(SiteView):
    """Name, appearance, navigation, and who can sign up."""

    template_name = "studio/settings.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the settings."""
        site = Site.current()
        initial = SiteSettingsForm.initial_data(site, Registration.current())
        links = NavigationFormSet(initial=site.navigation, prefix="links")
        form = SiteSettingsForm(initial=initial)
        return self.render({"form": form, "links": links, "contrasts": _contrasts(site.accent)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save all settings, or none if one is invalid."""
        form = SiteSettingsForm(request.POST, request.FILES)
        links = NavigationFormSet(request.POST, prefix="links")
        if form.is_valid() & links.is_valid():
            try:
                self.save(form, [row for row in links.cleaned_data if row.get("url")])
            except ValidationError as error:
                add_errors(form, error, {"file": "logo_file"})
            else:
                messages.success(request, _("Saved."))
                return redirect("studio:settings")
        return self.render({"form": form, "links": links}, status=422)

    def save(self, form: SiteSettingsForm, navigation: list[dict[str, str]]) -> None:
        """Save settings and registration. Raises ValidationError."""
        changes = form.site_changes()
        if file := form.cleaned_data["logo_file"]:
            changes["logo"] = upload_by_form(file, name=file.name, by=self.user)
        with transaction.atomic():
            edit_site(navigation=navigation, **changes)
            set_registration(mode=form.cleaned_data["mode"], role=form.cleaned_data["role"])


def _contrasts(accent: str) -> list[tuple[str, float, bool]]:
    """Return a name, the accent's contrast, and if it is enough, for each background."""
    backgrounds = (
        (_("on the light background"), colours.PAPER),
        (_("on the dark background"), colours.DARK_PAPER),
    )
    ratios = [(name, colours.contrast(accent, paper)) for name, paper in backgrounds]
    return [(name, ratio, ratio >= colours.READABLE) for name, ratio in ratios]
