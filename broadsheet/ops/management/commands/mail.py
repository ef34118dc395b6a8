"""`broadsheet mail test`: send a test e-mail."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.accounts.models import Role, User
from broadsheet.mail.actions import format_error
from broadsheet.ops.monitoring.status import test_message


class Command(BaseCommand):
    help = "Send a test e-mail to ADDRESS or to the owners, and print the mail server's reply."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        test = actions.add_parser("test", help="send a test e-mail")
        test.add_argument("address", nargs="*", help="recipients (default: the owners)")

    def handle(self, *_args: Any, **options: Any) -> None:
        to = options["address"] or self._owners()
        if not to:
            raise CommandError(
                "No owner has an e-mail address. Run `broadsheet mail test ADDRESS`."
            )
        subject, text = test_message()
        server = settings.MAILERS["default"]["OPTIONS"]
        host = f"{server['host']}:{server['port']}" if settings.HAS_MAIL_SERVER else ""
        for address in to:
            mail = EmailMessage(subject, text, to=[address])
            try:
                mail.send()
            except (OSError, ValueError) as error:
                source = f" {host} says:" if host else ""
                raise CommandError(
                    f"The e-mail to {address} was not sent.{source} {format_error(error)}"
                ) from error
            self.stdout.write(f"Sent from {settings.DEFAULT_FROM_EMAIL} to {address}.")
        self.stdout.write(
            (
                f"{host} accepted it. If it does not arrive, check the spam folder and the "
                "mail server's log."
            )
            if host
            else f"EMAIL_URL is not set, so the e-mail was written to {server['file_path']}."
        )

    def _owners(self) -> list[str]:
        owners = User.objects.filter(role=Role.OWNER, is_active=True).exclude(email="")
        return list(owners.values_list("email", flat=True))
