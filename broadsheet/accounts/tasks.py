"""Task that older releases enqueued; `mail.actions.send` replaced it."""

from django.core.mail import EmailMultiAlternatives
from django.tasks import task


@task
def send_mail(to: str, subject: str, text: str, html: str) -> None:
    """Send a rendered mail, or write it to the folder `mail` if there is no mail server."""
    message = EmailMultiAlternatives(subject, text, to=[to])
    message.attach_alternative(html, "text/html")
    message.send()
