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
            gettext("Write a path such as /about or an address such as https://example.org.")
        )


class Colour(forms.ColorInput):
    """A colour, which is never empty: HTML knows no `required` for it."""

    def use_required_attribute(self, initial: object) -> bool:  # noqa: ARG002 - Django's signature
        """Do without."""
        return False


def _zones() -> list[tuple[str, str]]:
    """Return the time zones to choose from; without a choice the server's setting holds."""
    own = gettext("The server's (%s)") % settings.TIME_ZONE
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
        label=_("It is a wordmark"),
        required=False,
        help_text=_(
            "It has the name in it and stands in its place. Otherwise it stands beside it."
        ),
    )
    accent = forms.CharField(
        label=_("Accent colour"),
        widget=Colour,
        help_text=_(
            "For links and focus. Where it is too faint to read on the light or the dark paper,"
            " a stronger shade of it is used there."
        ),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=35,
        validators=[language_tag],
        help_text=_("The language most posts are written in, such as en, de or pt-BR."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=_zones,
        help_text=_("In which dates are shown, and times to publish at are given."),
    )
    footer = forms.CharField(
        label=_("Footer"),
        max_length=5_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Markdown, at the foot of every page."),
    )
    mode = forms.ChoiceField(label=_("Who may sign up"), choices=Registration.Mode.choices)
    role = forms.ChoiceField(
        label=_("New accounts are"),
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
        label=_("Leads to"), max_length=500, required=False, validators=[leads_somewhere]
    )

    def clean(self) -> dict[str, Any]:
        """Refuse half a link."""
        data = self.cleaned_data
        if data.get("url") and not data.get("label"):
            self.add_error("label", gettext("What shall the link say?"))
        if data.get("label") and "url" in data and not data["url"]:
            self.add_error("url", gettext("Where shall the link lead?"))
        return data


Navigation = forms.formset_factory(NavigationForm, extra=2, max_num=20, validate_max=True)


class RedirectForm(forms.Form):
    """An old path and where it leads."""

    old_path = forms.CharField(
        label=_("Old path"), max_length=500, help_text=_("Such as /2019/05/hello")
    )
    new_path = forms.CharField(
        label=_("Leads to"),
        max_length=1_000,
        required=False,
        validators=[leads_somewhere],
        help_text=_("A path of this site or a whole address; empty if it is gone."),
    )
    status = forms.TypedChoiceField(
        label=_("How"), coerce=int, choices=Redirect.Status.choices, initial=Redirect.Status.MOVED
    )

    def clean_old_path(self) -> str:
        """Refuse what is no path."""
        path = str(self.cleaned_data["old_path"])
        if not path.startswith("/") or path.startswith("//"):
            raise ValidationError(gettext("Begin with a slash: /%s") % path.lstrip("/"))
        return path

    def clean(self) -> dict[str, Any]:
        """Refuse a redirect to nowhere, and a destination for what is gone."""
        data = self.cleaned_data
        is_gone = data.get("status") == Redirect.Status.GONE
        if is_gone and data.get("new_path"):
            self.add_error("new_path", gettext("What is gone leads nowhere: leave this empty."))
        if not is_gone and "new_path" in data and not data["new_path"]:
            self.add_error("new_path", gettext("Where shall it lead? Or choose “gone”."))
        return data


class InvitationForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("For your own memory; nothing is sent.")
    )
    role = forms.ChoiceField(label=_("As"), choices=Role.choices, initial=Role.AUTHOR)


class RoleForm(forms.Form):
    """Another role for somebody."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
