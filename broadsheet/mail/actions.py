"""Queue, deliver, retry and expire outgoing messages."""

import datetime as dt
import logging
import smtplib
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from broadsheet.mail.models import OutgoingMessage, OutgoingMessageQuerySet
from broadsheet.mail.signals import message_queued

logger = logging.getLogger(__name__)

#: Duration of retries of a message.
DEFAULT_LIFETIME = dt.timedelta(days=3)
#: Retention of messages that could not be sent, which owners see.
_FAILURE_RETENTION = dt.timedelta(days=30)
#: Lease of a message by the worker that sends it: longer than a slow server takes.
LEASE = dt.timedelta(minutes=2)
#: The delay after the first failed attempt, which doubles each time, and its maximum.
_FIRST_RETRY_DELAY, _MAX_RETRY_DELAY = dt.timedelta(seconds=5), dt.timedelta(minutes=30)
#: SMTP reply codes from here on are permanent errors (RFC 5321, 4.2.1).
_PERMANENT = 500

Status = OutgoingMessage.Status


@transaction.atomic
def send(
    *, to: str, subject: str, text: str, html: str = "", lifetime: dt.timedelta = DEFAULT_LIFETIME
) -> OutgoingMessage:
    """Queue a mail. It is sent in the background within `lifetime`, or not at all."""
    now = timezone.now()
    message = OutgoingMessage.objects.create(
        to=to,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        created_at=now,
        next_attempt_at=now,
        expires_at=now + lifetime,
    )
    message_queued.send(OutgoingMessage, message=message)
    return message


def deliver(pk: UUID, *, is_retry: bool = False) -> dt.datetime | None:
    """Make the first attempt to send a message; return when the next retry is due, or None.

    A leased message is being sent by another worker and is skipped. `is_retry`: a worker was
    killed while it ran this job, so the lease is that worker's and does not count.
    """
    messages = OutgoingMessage.objects.waiting().filter(pk=pk)
    if not is_retry:
        messages = messages.filter(Q(attempts=0) | Q(next_attempt_at__lte=timezone.now()))
    message = _claim(messages)
    if message is not None:
        _try(message)
    return next_attempt_at()


def deliver_due() -> dt.datetime | None:
    """Try to send all messages that are due; return when the next retry is due, or None.

    If the server accepts no connection, only one message is tried and all are postponed.
    """
    due = OutgoingMessage.objects.due(timezone.now()).order_by("next_attempt_at", "created_at")
    for pk in list(due.values_list("pk", flat=True)):
        message = _claim(OutgoingMessage.objects.due(timezone.now()).filter(pk=pk))
        if message is not None and not _try(message):
            others = OutgoingMessage.objects.due(timezone.now())
            others.update(error=message.error, next_attempt_at=message.next_attempt_at)
            break
    return next_attempt_at()


def next_attempt_at() -> dt.datetime | None:
    """Return when the next retry is due, or None."""
    retries = OutgoingMessage.objects.waiting().filter(attempts__gt=0).order_by("next_attempt_at")
    return retries.values_list("next_attempt_at", flat=True).first()


def _claim(messages: OutgoingMessageQuerySet) -> OutgoingMessage | None:
    """Lease the first of `messages` for this worker; None if another worker has it."""
    message = messages.first()
    lease = timezone.now() + LEASE
    if message is None or not messages.update(next_attempt_at=lease, attempts=F("attempts") + 1):
        return None
    message.refresh_from_db()
    return message


def _try(message: OutgoingMessage) -> bool:
    """Try to send a message and record the result; return whether the next one can be tried."""
    now = timezone.now()
    if message.has_expired(now):
        _close(message, Status.FAILED, message.error)
        return True
    try:
        _send(message)
    except OSError as error:  # includes smtplib's errors
        if _is_permanent(error):
            is_refused = isinstance(error, smtplib.SMTPRecipientsRefused)
            _close(message, Status.REFUSED if is_refused else Status.FAILED, format_error(error))
            return True
        message.error = format_error(error)
        delay = min(_FIRST_RETRY_DELAY * 2 ** min(message.attempts - 1, 16), _MAX_RETRY_DELAY)
        message.next_attempt_at = min(now + delay, message.expires_at)
        message.save(update_fields=["error", "next_attempt_at"])
        logger.warning("An e-mail was not sent (attempt %d): %s", message.attempts, message.error)
        return _concerns_message(error)
    except ValueError as error:  # an invalid address or subject
        _close(message, Status.FAILED, format_error(error))
        return True
    # Only the last sent message stays, without its text: it shows that mail works.
    OutgoingMessage.objects.filter(status=Status.SENT).delete()
    _close(message, Status.SENT, "")
    return True


def expire() -> None:
    """Give up expired messages and delete old failures."""
    now = timezone.now()
    for message in OutgoingMessage.objects.waiting().filter(expires_at__lte=now):
        _close(message, Status.FAILED, message.error)
    OutgoingMessage.objects.unsent().filter(closed_at__lt=now - _FAILURE_RETENTION).delete()


def _concerns_message(error: OSError) -> bool:
    """Return whether the mail server rejected this message, not the connection."""
    errors = smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError
    return isinstance(error, errors)


def _is_permanent(error: OSError) -> bool:
    """Return whether the mail server rejected this message permanently.

    Rejected connections and logins are retried whatever their code: they can work later.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return error.smtp_code >= _PERMANENT
    return False


def format_error(error: Exception) -> str:
    """Return an error as one line: the mail server's reply if there is one."""
    replies: list[tuple[int, bytes | str]] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        replies = [(error.smtp_code, error.smtp_error)]
    lines = [f"{code} {_decoded(text)}" for code, text in replies] or [str(error)]
    return " ".join(lines[0].split())[:500] or type(error).__name__


def _decoded(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _send(message: OutgoingMessage) -> None:
    mail = EmailMultiAlternatives(message.subject, message.text, to=[message.to])
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    mail.send()


def _close(message: OutgoingMessage, status: OutgoingMessage.Status, error: str) -> None:
    """Record the final status of a message and delete its text."""
    message.status, message.error, message.closed_at = status, error, timezone.now()
    message.text = message.html = ""
    message.save(update_fields=["status", "error", "closed_at", "text", "html"])
