"""The api room as Django knows it."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Door: REST, version 1."""

    name = "broadsheet.api"
    verbose_name = "api"
