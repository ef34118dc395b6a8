"""Outgoing messages."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils import timezone

from broadsheet.lib.ids import uuid7


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    """Outgoing messages, by status."""

    def waiting(self) -> "OutgoingMessageQuerySet":
        """Return messages whose delivery has not ended: first attempts and retries."""
        return self.filter(status=OutgoingMessage.Status.WAITING)

    def due(self, now: dt.datetime) -> "OutgoingMessageQuerySet":
        """Return messages whose next attempt is due."""
        return self.waiting().filter(next_attempt_at__lte=now)

    def unsent(self) -> "OutgoingMessageQuerySet":
        """Return messages that could not be sent."""
        failed, refused = OutgoingMessage.Status.FAILED, OutgoingMessage.Status.REFUSED
        return self.filter(status__in=[failed, refused])


class OutgoingMessage(models.Model):
    """A queued mail. Its text, which can contain a login link, is deleted when delivery ends."""

    class Status(models.TextChoices):
        """Delivery status; REFUSED: the mail server does not know the recipient."""

        WAITING = "waiting"
        SENT = "sent"
        REFUSED = "refused"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    objects: ClassVar = OutgoingMessageQuerySet.as_manager()

    class Meta:
        db_table = "mail_outgoing"
        indexes = [models.Index(fields=["status", "-created_at"], name="mail_outgoing_by_status")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.to})"

    def has_expired(self, now: dt.datetime) -> bool:
        """Return whether the message has expired and must not be sent."""
        return self.expires_at <= now
