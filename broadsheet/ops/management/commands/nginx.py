"""`broadsheet nginx`: print the configuration of nginx as a reverse proxy for this site."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from broadsheet.ops.deploy import nginx


class Command(BaseCommand):
    help = (
        "Print the configuration of nginx as a reverse proxy for this site, for "
        "/etc/nginx/sites-enabled. Run it again after a change of settings or version."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--certificate", default="", metavar="FILE", help="file with the TLS certificate"
        )
        parser.add_argument(
            "--key", default="", metavar="FILE", help="file with the private key of the certificate"
        )
        parser.add_argument(
            "--node",
            action="append",
            default=[],
            metavar="HOST:PORT",
            help="server to proxy to; repeat for several (default: HOST:PORT of the settings)",
        )
        parser.add_argument(
            "--cache",
            type=Path,
            metavar="FOLDER",
            default=nginx.CACHE,
            help="folder in which nginx caches public pages (default: %(default)s)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        text = nginx.configuration(
            options["certificate"], options["key"], nodes=options["node"], cache=options["cache"]
        )
        self.stdout.write(text, ending="")
