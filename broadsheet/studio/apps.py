"""Django configuration of the app `studio`."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """Interface for authors, editors and owners."""

    name = "broadsheet.studio"
    verbose_name = "studio"
