"""App configuration."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Interface app: importers and exporters."""

    name = "broadsheet.transfer"
    verbose_name = "transfer"

    def ready(self) -> None:
        """Connect the receivers."""
        from broadsheet.transfer import receivers  # noqa: F401, PLC0415
