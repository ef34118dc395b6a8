"""Django configuration of the app `search`."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Full-text index of documents."""

    name = "broadsheet.search"
    verbose_name = "search"
