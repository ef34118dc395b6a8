"""E-mail backends that count what they send."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from broadsheet.lib import file_email_backend
from broadsheet.ops.monitoring.request_metrics import MAILS


class _CountingBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[Any]) -> int:
        """Send the messages; return how many were sent. Raises what the backend raises."""
        sent = 0
        try:
            sent = super().send_messages(email_messages) or 0
        finally:
            _count("sent", sent)
            _count("failed", len(email_messages) - sent)
        return sent


class SMTPBackend(_CountingBackend, smtp.EmailBackend):
    """Sends through an SMTP server."""


class FolderBackend(_CountingBackend, file_email_backend.FolderEmailBackend):
    """Writes to a folder while no mail server is configured."""


def _count(outcome: str, number: int) -> None:
    with suppress(OSError):  # a full disk
        MAILS.labels(outcome).inc(number)
