"""The media room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    """Uploaded images and their variants."""

    name = "broadsheet.media"
    verbose_name = _("media")

    def ready(self) -> None:
        """Listen to the news, and declare what changes stamp."""
        from broadsheet.media import receivers, stamps  # noqa: F401, PLC0415 - models must be loaded first
