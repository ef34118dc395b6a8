"""Django app of outgoing mail."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """Outgoing messages: queued ones, and those that could not be sent."""

    name = "broadsheet.mail"
    verbose_name = _("mail")

    def ready(self) -> None:
        """Connect the signal receivers."""
        from broadsheet.mail import receivers  # noqa: F401, PLC0415 - models must be loaded first
