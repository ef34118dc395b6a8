"""Receivers of the signals of outgoing mail."""

from typing import Any

from django.dispatch import receiver

from broadsheet.mail.models import OutgoingMessage
from broadsheet.mail.signals import message_queued
from broadsheet.mail.tasks import deliver


@receiver(message_queued)
def enqueue_delivery(message: OutgoingMessage, **_kwargs: Any) -> None:
    """Enqueue the delivery of a message. The job has only its id: the text can contain secrets."""
    deliver.enqueue(str(message.pk))
