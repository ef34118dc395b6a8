"""The owner's forms: the site, its redirects, its people."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Registration, Role
from broadsheet.lib import site_timezone
from broadsheet.lib.urls import is_http_url, is_local_path
from broadsheet.media.models import Image
from broadsheet.publication.models import Redirect, Site
from broadsheet.studio.forms import language_tag


def leads_somewhere(address: str) -> None:
    """Refuse what is neither a path of this site nor an address a browser may follow safely."""
    if not (is_local_path(address) or is_http_url(address) or address.startswith("mailto:")):
        raise ValidationError(
            gettext("Enter a path such as /about or a URL such as https://example.org.")
        )


class Colour(forms.ColorInput):
    """A colour, which is never empty: HTML knows no `required` for it."""

    def use_required_attribute(self, initial: object) -> bool:  # noqa: ARG002 - Django's signature
        """Do without."""
        return False


def _zones() -> list[tuple[str, str]]:
    """Return the time zones to choose from; without a choice the server's setting holds."""
    own = gettext("Server default (%s)") % settings.TIME_ZONE
    return [("", own), *((name, name.replace("_", " ")) for name in site_timezone.timezone_names())]


class SettingsForm(forms.Form):
    """What the site is called, how it looks and who may join."""

    SITE = (
        "name", "tagline", "logo", "logo_is_wordmark", "footer", "accent", "language", "time_zone",
    )  # fmt: skip

    name = forms.CharField(label=_("Name"), max_length=100)
    tagline = forms.CharField(label=_("Tagline"), max_length=200, required=False)
    logo_file = forms.FileField(
        label=_("Logo"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)
    logo_is_wordmark = forms.BooleanField(
        label=_("The logo includes the name"),
        required=False,
        help_text=_(
            "The logo replaces the site's name in the header. Otherwise it is shown next to it."
        ),
    )
    accent = forms.CharField(
        label=_("Accent colour"),
        widget=Colour,
        help_text=_(
            "For links and focus outlines. If the contrast with the light or dark background "
            "is too low, a stronger shade is used."
        ),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=35,
        validators=[language_tag],
        help_text=_("The language of most posts, for example en, de or pt-BR."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=_zones,
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
    mode = forms.ChoiceField(label=_("Who can sign up"), choices=Registration.Mode.choices)
    role = forms.ChoiceField(
        label=_("Role of new accounts"),
        choices=[(Role.READER, Role.READER.label), (Role.AUTHOR, Role.AUTHOR.label)],
    )
    logo = forms.ModelChoiceField(Image.objects.all(), required=False, widget=forms.HiddenInput())

    @classmethod
    def filled_in(cls, site: Site, registration: Registration) -> dict[str, Any]:
        """Return what the form shows."""
        shown = {name: getattr(site, name) for name in cls.SITE if name != "logo"}
        shown["logo"] = site.logo_id
        return {**shown, "mode": registration.mode, "role": registration.role}

    def site_changes(self) -> dict[str, Any]:
        """Return what `edit_site` takes; needs a valid form."""
        changes = {name: self.cleaned_data[name] for name in self.SITE}
        changes["footer"] = changes["footer"].replace("\r\n", "\n")
        if self.cleaned_data["remove_logo"]:
            changes["logo"] = None
        return changes


class NavigationForm(forms.Form):
    """A link of the navigation."""

    label = forms.CharField(label=_("Label"), max_length=60, required=False)
    url = forms.CharField(
        label=_("URL"), max_length=500, required=False, validators=[leads_somewhere]
    )

    def clean(self) -> dict[str, Any]:
        """Refuse half a link."""
        data = self.cleaned_data
        if data.get("url") and not data.get("label"):
            self.add_error("label", gettext("Enter a label for the link."))
        if data.get("label") and "url" in data and not data["url"]:
            self.add_error("url", gettext("Enter a URL for the link."))
        return data


Navigation = forms.formset_factory(NavigationForm, extra=2, max_num=20, validate_max=True)


class RedirectForm(forms.Form):
    """An old path and where it leads."""

    old_path = forms.CharField(
        label=_("Old path"), max_length=500, help_text=_("For example /2019/05/hello")
    )
    new_path = forms.CharField(
        label=_("URL"),
        max_length=1_000,
        required=False,
        validators=[leads_somewhere],
        help_text=_("A path on this site or a full URL. Leave it empty for “gone”."),
    )
    status = forms.TypedChoiceField(
        label=_("Type"), coerce=int, choices=Redirect.Status.choices, initial=Redirect.Status.MOVED
    )

    def clean_old_path(self) -> str:
        """Refuse what is no path."""
        path = str(self.cleaned_data["old_path"])
        if not path.startswith("/") or path.startswith("//"):
            raise ValidationError(gettext("Start with a slash: /%s") % path.lstrip("/"))
        return path

    def clean(self) -> dict[str, Any]:
        """Refuse a redirect to nowhere, and a destination for what is gone."""
        data = self.cleaned_data
        is_gone = data.get("status") == Redirect.Status.GONE
        if is_gone and data.get("new_path"):
            self.add_error(
                "new_path", gettext("A page that is gone has no target. Leave this empty.")
            )
        if not is_gone and "new_path" in data and not data["new_path"]:
            self.add_error("new_path", gettext("Enter a URL, or choose “gone”."))
        return data


class InvitationForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("Only a note for you; no e-mail is sent.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AUTHOR)


class RoleForm(forms.Form):
    """Another role for somebody."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
