"""The studio room as Django knows it."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """Door: where authors work; never cached."""

    name = "broadsheet.studio"
    verbose_name = "studio"
