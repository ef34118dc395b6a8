"""The search room as Django knows it."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Full-text index of documents; knows no domain."""

    name = "broadsheet.search"
    verbose_name = "search"
