"""E-mail backends that count sent messages: SMTP, and files for a site without a mail server."""

from collections.abc import Sequence
from contextlib import suppress
from email import policy
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased, smtp
from django.core.mail.backends.base import BaseEmailBackend

from broadsheet.ops.monitoring.request_metrics import MAILS

_UNFOLDED = policy.default.clone(max_line_length=998)  # maximum line length (RFC 5322)


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


class FolderBackend(_CountingBackend, filebased.EmailBackend):
    """Writes each message to a file with unfolded lines, so that links can be copied."""

    def write_message(self, message: EmailMessage) -> None:
        """Write one message."""
        data = message.message(policy=_UNFOLDED).as_bytes()
        self.stream.write(data + b"\n" + b"-" * 79 + b"\n")  # type: ignore[arg-type] # of bytes


def _count(outcome: str, number: int) -> None:
    with suppress(OSError):  # a full disk
        MAILS.labels(outcome).inc(number)
