"""Signals of outgoing mail."""

from django.dispatch import Signal

#: A message was queued for delivery: `message`.
message_queued = Signal()
