"""What is done with outgoing messages."""

import datetime as dt
import logging
import smtplib
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from broadsheet.mail.models import OutgoingMessage, OutgoingMessageQuerySet
from broadsheet.mail.signals import message_written

logger = logging.getLogger(__name__)

#: For how long a mail server may be away, and for how long owners see what was given up.
PATIENCE, REMEMBERED = dt.timedelta(days=3), dt.timedelta(days=30)
#: For how long a message belongs to the worker that sends it: more than a slow server takes.
LEASE = dt.timedelta(minutes=2)
#: The pause after the first attempt that failed, which doubles, and the longest one.
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=5), dt.timedelta(minutes=30)
#: SMTP's codes from here on say no for good (RFC 5321, 4.2.1).
_PERMANENT = 500

Status = OutgoingMessage.Status


@transaction.atomic
def send(
    *, to: str, subject: str, text: str, html: str = "", lifetime: dt.timedelta = PATIENCE
) -> OutgoingMessage:
    """Have a mail sent in the background, within `lifetime` or not at all."""
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
    message_written.send(OutgoingMessage, message=message)
    return message


def deliver(pk: UUID, *, is_again: bool = False) -> dt.datetime | None:
    """Try to send a message for the first time; return when to try those again that wait, or None.

    A lease is that of a worker which found the message due meanwhile, and sends it; but where this
    `is_again`, since a worker was killed at it, the lease is that one's, and ends.
    """
    messages = OutgoingMessage.objects.waiting().filter(pk=pk)
    if not is_again:
        messages = messages.filter(Q(attempts=0) | Q(next_attempt_at__lte=timezone.now()))
    message = _claim(messages)
    if message is not None:
        _try(message)
    return next_attempt_at()


def deliver_due() -> dt.datetime | None:
    """Try to send all messages that are due; return when to try those again that wait, or None.

    Where the server takes no connection, one message asks for all.
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
    """Return when the next message that was tried before is to be tried again."""
    again = OutgoingMessage.objects.waiting().filter(attempts__gt=0).order_by("next_attempt_at")
    return again.values_list("next_attempt_at", flat=True).first()


def _claim(one: OutgoingMessageQuerySet) -> OutgoingMessage | None:
    """Return the message, if it is still there; no other worker gets it meanwhile."""
    message = one.first()
    lease = timezone.now() + LEASE
    if message is None or not one.update(next_attempt_at=lease, attempts=F("attempts") + 1):
        return None
    message.refresh_from_db()
    return message


def _try(message: OutgoingMessage) -> bool:
    """Try to send a message, and note what became of it; return whether a server answered."""
    now = timezone.now()
    if message.has_expired(now):
        _close(message, Status.FAILED, message.error)
        return True
    try:
        _send(message)
    except OSError as error:  # smtplib's are, too
        if is_permanent(error):
            is_refused = isinstance(error, smtplib.SMTPRecipientsRefused)
            _close(message, Status.REFUSED if is_refused else Status.FAILED, error_line(error))
            return True
        message.error = error_line(error)
        pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 16), LONGEST_PAUSE)
        message.next_attempt_at = min(now + pause, message.expires_at)
        message.save(update_fields=["error", "next_attempt_at"])
        logger.warning("An e-mail was not sent (attempt %d): %s", message.attempts, message.error)
        return is_about_the_message(error)
    except ValueError as error:  # an address or a subject that no mail can have
        _close(message, Status.FAILED, error_line(error))
        return True
    # The last one that left stays, without its text, and says that mail works.
    OutgoingMessage.objects.filter(status=Status.SENT).delete()
    _close(message, Status.SENT, "")
    return True


def expire() -> None:
    """Give up the messages that are not worth sending any more, and forget old ones."""
    now = timezone.now()
    for message in OutgoingMessage.objects.waiting().filter(expires_at__lte=now):
        _close(message, Status.FAILED, message.error)
    OutgoingMessage.objects.unsent().filter(closed_at__lt=now - REMEMBERED).delete()


def is_about_the_message(error: OSError) -> bool:
    """Return whether a mail server answered about this message, and not about its connection."""
    known = smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError
    return isinstance(error, known)


def is_permanent(error: OSError) -> bool:
    """Return whether a mail server's answer says no to this message for good.

    A server that takes no connection or no password may do so later, whatever its code.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return error.smtp_code >= _PERMANENT
    return False


def error_line(error: Exception) -> str:
    """Return in one line what went wrong, in the mail server's words where it has some."""
    answers: list[tuple[int, bytes | str]] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    words = [f"{code} {_decoded(text)}" for code, text in answers] or [str(error)]
    return " ".join(words[0].split())[:500] or type(error).__name__


def _decoded(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _send(message: OutgoingMessage) -> None:
    mail = EmailMultiAlternatives(message.subject, message.text, to=[message.to])
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    mail.send()


def _close(message: OutgoingMessage, status: OutgoingMessage.Status, error: str) -> None:
    """Note what became of a message, and drop its text."""
    message.status, message.error, message.closed_at = status, error, timezone.now()
    message.text = message.html = ""
    message.save(update_fields=["status", "error", "closed_at", "text", "html"])
