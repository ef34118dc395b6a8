"""Configuration of the public app."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """Interface app: the public pages, which anyone may read."""

    name = "broadsheet.public"
    verbose_name = "public"
