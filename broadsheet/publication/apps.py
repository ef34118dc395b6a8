"""The publication room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublicationConfig(AppConfig):
    """The site itself: name, navigation, colours, redirects."""

    name = "broadsheet.publication"
    verbose_name = _("publication")

    def ready(self) -> None:
        """Register the cache tags."""
        from broadsheet.publication import cache_tags  # noqa: F401, PLC0415 - models must be loaded first
