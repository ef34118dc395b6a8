"""Django app of outgoing mail."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """Outgoing mail: queue, delivery, failures."""

    name = "broadsheet.mail"
    verbose_name = _("mail")

    def ready(self) -> None:
        """Connect the signal receivers."""
        from broadsheet.mail import receivers  # noqa: F401, PLC0415 - models must be loaded first
