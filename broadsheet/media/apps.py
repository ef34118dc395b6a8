"""Django configuration of the app `media`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    """Uploaded images and their variants."""

    name = "broadsheet.media"
    verbose_name = _("media")

    def ready(self) -> None:
        """Connect the receivers and register the cache tags."""
        from broadsheet.media import cache_tags, receivers  # noqa: F401, PLC0415 - models must be loaded first
