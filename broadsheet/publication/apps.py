"""Django configuration of the app `publication`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublicationConfig(AppConfig):
    """Settings of the site, redirects, first-run setup."""

    name = "broadsheet.publication"
    verbose_name = _("publication")

    def ready(self) -> None:
        """Connect the receivers and register the cache tags."""
        from broadsheet.publication import cache_tags, receivers  # noqa: F401, PLC0415 - models must be loaded first
