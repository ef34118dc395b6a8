"""The media room as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    """Uploaded images and their variants."""

    name = "broadsheet.media"
    verbose_name = _("media")
