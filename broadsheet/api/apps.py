"""App configuration of the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Interface app: REST API, version 1."""

    name = "broadsheet.api"
    verbose_name = "api"
