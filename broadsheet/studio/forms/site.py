"""Forms of the site settings and the navigation."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Registration, Role
from broadsheet.lib import site_timezone
from broadsheet.media.models import Image
from broadsheet.publication.models import Site
from broadsheet.studio.forms import capitalized, validate_language_tag, validate_link


class ColorWidget(forms.ColorInput):
    """A colour, which is never empty: HTML does not allow `required` for it."""

    def use_required_attribute(self, initial: object) -> bool:  # noqa: ARG002 - Django's signature
        """Return False."""
        return False


def _time_zones() -> list[tuple[str, str]]:
    """Return the time zones to choose from; the first is the server's."""
    default = gettext("Server default (%s)") % settings.TIME_ZONE
    return [
        ("", default),
        *((name, name.replace("_", " ")) for name in site_timezone.timezone_names()),
    ]


class SiteSettingsForm(forms.Form):
    """Settings of the site, and who can sign up."""

    SITE_FIELDS = (
        "name", "tagline", "logo", "logo_is_wordmark", "footer", "accent", "language", "time_zone",
    )  # fmt: skip

    name = forms.CharField(label=_("Site name"), max_length=100)
    tagline = forms.CharField(label=_("Tagline"), max_length=200, required=False)
    logo_file = forms.FileField(
        label=_("Logo"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
    remove_logo = forms.BooleanField(label=_("Remove logo"), required=False)
    logo_is_wordmark = forms.BooleanField(
        label=_("The logo includes the site name"),
        required=False,
        help_text=_(
            "The logo replaces the site's name in the header. Otherwise it is shown next to it."
        ),
    )
    accent = forms.CharField(
        label=_("Accent colour"),
        widget=ColorWidget,
        help_text=_(
            "For links and focus outlines. If the contrast with the light or dark background "
            "is too low, a stronger shade is used."
        ),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=35,
        validators=[validate_language_tag],
        help_text=_("The language of most posts, for example en, de or pt-BR."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=_time_zones,
        help_text=_("Used for dates on pages and for publication times."),
    )
    footer = forms.CharField(
        label=_("Footer"),
        max_length=5_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Markdown. Shown at the bottom of every page."),
    )
    mode = forms.ChoiceField(
        label=_("Who can sign up"), choices=capitalized(Registration.Mode.choices)
    )
    role = forms.ChoiceField(
        label=_("Role of new accounts"),
        choices=capitalized((role, role.label) for role in (Role.READER, Role.AUTHOR)),
    )
    logo = forms.ModelChoiceField(Image.objects.all(), required=False, widget=forms.HiddenInput())

    @classmethod
    def initial_data(cls, site: Site, registration: Registration) -> dict[str, Any]:
        """Return the initial data of the form."""
        values = {name: getattr(site, name) for name in cls.SITE_FIELDS if name != "logo"}
        values["logo"] = site.logo_id
        return {**values, "mode": registration.mode, "role": registration.role}

    def site_changes(self) -> dict[str, Any]:
        """Return the fields for `edit_site`; needs a valid form."""
        changes = {name: self.cleaned_data[name] for name in self.SITE_FIELDS}
        changes["footer"] = changes["footer"].replace("\r\n", "\n")
        if self.cleaned_data["remove_logo"]:
            changes["logo"] = None
        return changes


class NavigationLinkForm(forms.Form):
    """A link of the navigation."""

    label = forms.CharField(label=_("Label"), max_length=60, required=False)
    url = forms.CharField(
        label=_("URL"), max_length=500, required=False, validators=[validate_link]
    )

    def clean(self) -> dict[str, Any]:
        """Require both fields or neither."""
        data = self.cleaned_data
        if data.get("url") and not data.get("label"):
            self.add_error("label", gettext("Enter a label for the link."))
        if data.get("label") and "url" in data and not data["url"]:
            self.add_error("url", gettext("Enter a URL for the link."))
        return data


NavigationFormSet = forms.formset_factory(
    NavigationLinkForm, extra=2, max_num=20, validate_max=True
)
