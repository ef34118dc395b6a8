"""What outgoing mail does when there is news of it."""

from typing import Any

from django.dispatch import receiver

from broadsheet.mail.models import OutgoingMessage
from broadsheet.mail.signals import message_written
from broadsheet.mail.tasks import deliver


@receiver(message_written)
def deliver_soon(message: OutgoingMessage, **_news: Any) -> None:
    """Ask for a message to be sent. The job names it only: what it says may be a secret."""
    deliver.enqueue(str(message.pk))
