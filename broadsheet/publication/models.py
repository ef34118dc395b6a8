"""The site's settings, and redirects of old URLs."""

from typing import Self
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet import markup
from broadsheet.lib import languages, site_timezone
from broadsheet.lib.ids import uuid7
from broadsheet.lib.urls import is_http_url, is_local_path
from broadsheet.media.models import Image

#: Cache tag of the site: its name, navigation and theme, which are on every page.
SITE = "site"

#: The accent colour of the style sheet.
ACCENT = "#8c2f1b"


class Site(models.Model):
    """Settings of the site: name, appearance, navigation. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=100, default="Broadsheet")
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    logo = models.ForeignKey(
        Image, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("logo")
    )
    navigation = models.JSONField(_("navigation"), default=list, blank=True)
    footer = models.TextField(_("footer"), max_length=5_000, blank=True)
    footer_html = models.TextField(editable=False, blank=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default=ACCENT,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a colour as #rrggbb."))],
    )
    language = models.CharField(_("language"), max_length=35, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", db_default=""
    )
    logo_is_wordmark = models.BooleanField(
        _("the logo is a wordmark"), default=False, db_default=False
    )
    #: All URLs of the site so far, one per line: they identify its own images.
    urls = models.TextField(_("URLs"), editable=False, blank=True, default="", db_default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("site")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="publication_site_is_single")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Render the footer, and reject values that pages cannot show."""
        self.navigation = _clean_navigation(self.navigation)
        if not languages.tag_or_empty(self.language):
            raise ValidationError(
                {"language": gettext("Enter a language tag, for example en, de or pt-BR.")}
            )
        if self.time_zone and site_timezone.get_timezone(self.time_zone) is None:
            message = gettext("“%s” is not a time zone. Enter one such as Europe/Berlin.")
            raise ValidationError({"time_zone": message % self.time_zone})
        try:
            self.footer_html = markup.render(self.footer, self.language).html
        except markup.TooComplexError as error:
            raise ValidationError({"footer": str(error)}) from error

    @classmethod
    def current(cls) -> Self:
        """Return the row, or the defaults if the site was never set up."""
        return cls.objects.select_related("logo").filter(id=1).first() or cls()


def _clean_navigation(links: object) -> list[dict[str, str]]:
    if links is not None and not isinstance(links, list):
        raise ValidationError({"navigation": gettext("Must be a list of links.")})
    return [_clean_link(link) for link in links or []]


def _clean_link(link: object) -> dict[str, str]:
    fields = link if isinstance(link, dict) else {}
    label, url = fields.get("label"), fields.get("url")
    if not (isinstance(label, str) and label and isinstance(url, str)):
        raise ValidationError({"navigation": gettext("Each link needs a “label” and a “url”.")})
    if not (is_local_path(url) or is_http_url(url) or url.startswith("mailto:")):
        message = gettext("“%s” is not a path (/about) or a URL (https://example.org).")
        raise ValidationError({"navigation": message % url})
    return {"label": label, "url": url}


def path_spellings(path: str) -> list[str]:
    """Return a path without a trailing slash in all spellings that a redirect can have."""
    paths = (path, quote(path, safe="/@"))
    spellings = [spelling for bare in paths for spelling in (bare, f"{bare}/")]
    return [spelling for spelling in dict.fromkeys(spellings) if spelling.strip("/")]


class Redirect(models.Model):
    """A path that used to work, and its new URL."""

    class Status(models.IntegerChoices):
        """Status of the response (RFC 9110)."""

        MOVED = 301, _("permanent (301)")
        FOUND = 302, _("temporary (302)")
        TEMPORARY = 307, _("temporary, same method (307)")
        PERMANENT = 308, _("permanent, same method (308)")
        GONE = 410, _("gone (410)")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    old_path = models.CharField(_("old path"), max_length=500, unique=True)
    new_path = models.CharField(_("new path or URL"), max_length=1_000, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), choices=Status, default=Status.MOVED)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        ordering = ["old_path"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(old_path__startswith="/"),
                name="publication_redirect_from_a_path",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[301, 302, 307, 308, 410]),
                name="publication_redirect_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status=410, new_path="")
                | (~models.Q(status=410) & ~models.Q(new_path="")),
                name="publication_redirect_leads_somewhere_or_is_gone",
            ),
            models.CheckConstraint(
                condition=~models.Q(old_path=models.F("new_path")),
                name="publication_redirect_is_no_circle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_path} → {self.new_path or self.status}"

    def clean(self) -> None:
        """Reject paths that cannot be requested, and URLs that browsers cannot be sent to."""
        if not is_local_path(self.old_path):
            raise ValidationError({"old_path": gettext("Enter a path such as /2019/05/hello.")})
        if self.new_path and not (is_local_path(self.new_path) or is_http_url(self.new_path)):
            message = gettext("Enter a path such as /about or a URL such as https://example.org.")
            raise ValidationError({"new_path": message})
