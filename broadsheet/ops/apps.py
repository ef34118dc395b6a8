"""The ops room as Django knows it."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Door: serving, background work and the commands of the operator."""

    name = "broadsheet.ops"
    verbose_name = "ops"

    def ready(self) -> None:
        """Name in the logs what is being done, and report errors where that is set."""
        from broadsheet.ops import reports  # noqa: PLC0415 - when apps are there

        reports.begin()
