"""`broadsheet nginx`: print the configuration of nginx as a reverse proxy for this site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.ops.database.migration_plan import count_pending
from broadsheet.ops.deploy import nginx


class Command(BaseCommand):
    help = (
        "Print the configuration of nginx as a reverse proxy for this site, for "
        "/etc/nginx/sites-enabled. Print it again after a change of settings or version: an old "
        "configuration still works, but serves fewer files itself."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--certificate", default="", help="file with the TLS certificate")
        parser.add_argument(
            "--key", default="", help="file with the private key of the certificate"
        )
        parser.add_argument(
            "--node",
            action="append",
            default=[],
            help="a server to proxy to, as HOST:PORT; repeat for several",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if count_pending():
            raise CommandError("The database is not set up. Run `broadsheet migrate`.")
        text = nginx.configuration(options["certificate"], options["key"], nodes=options["node"])
        self.stdout.write(text, ending="")
