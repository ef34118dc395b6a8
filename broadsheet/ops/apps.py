"""The ops room as Django knows it."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Door: serving, background work and the commands of the operator."""

    name = "broadsheet.ops"
    verbose_name = "ops"
