"""Jobs that the release before this one wrote: mails go by `mail.actions.send` now."""

from django.core.mail import EmailMultiAlternatives
from django.tasks import task


@task
def send_mail(to: str, subject: str, text: str, html: str) -> None:
    """Send a finished mail, or write it to the folder `mail` while there is no mail server."""
    message = EmailMultiAlternatives(subject, text, to=[to])
    message.attach_alternative(html, "text/html")
    message.send()
