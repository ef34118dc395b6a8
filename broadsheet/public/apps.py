"""The public room as Django knows it."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """Door: what anyone may read."""

    name = "broadsheet.public"
    verbose_name = "public"
