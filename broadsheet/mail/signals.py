"""News of outgoing mail."""

from django.dispatch import Signal

#: A message waits to be sent: `message`.
message_written = Signal()
