"""The ways in which mails leave, each of which is counted."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from broadsheet.lib import mail
from broadsheet.ops.monitoring.request_metrics import MAILS


class _Counted(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[Any]) -> int:
        """Send them; return how many were. Raises what the way raises."""
        sent = 0
        try:
            sent = super().send_messages(email_messages) or 0
        finally:
            _count("sent", sent)
            _count("failed", len(email_messages) - sent)
        return sent


class Server(_Counted, smtp.EmailBackend):
    """To a mail server."""


class Folder(_Counted, mail.Folder):
    """To a folder, while there is no mail server."""


def _count(outcome: str, number: int) -> None:
    with suppress(OSError):  # a full disk
        MAILS.labels(outcome).inc(number)
