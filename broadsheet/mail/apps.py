"""Outgoing mail as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """Outgoing messages: those that wait, and those that could not be sent."""

    name = "broadsheet.mail"
    verbose_name = _("mail")

    def ready(self) -> None:
        """Listen for messages that were written."""
        from broadsheet.mail import receivers  # noqa: F401, PLC0415 - models must be loaded first
