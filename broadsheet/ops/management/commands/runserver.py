"""`broadsheet runserver [PORT]`: Django's server for development."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import runserver
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from broadsheet.conf import server
from broadsheet.ops.management.commands.serve import restart_with
from broadsheet.ops.server import bootstrap, ports


class Command(runserver.Command):
    addr: str  # set by Django's `handle` before it calls `run`
    port: str
    help = "Serve the site for development, restarting when code changes."
    default_addr = settings.HOST
    default_port = str(settings.PORT)

    def run(self, **options: Any) -> None:
        """Choose the port, then serve."""
        if os.environ.get(DJANGO_AUTORELOAD_ENV) != "true":  # the reloader's child keeps the port
            self._choose_port()
        bootstrap.create_data_folder()
        super().run(**options)

    def _choose_port(self) -> None:
        requested, is_explicit = int(self.port), self.port != self.default_port
        try:
            port = ports.choose(
                self.addr, requested, is_explicit=is_explicit or settings.ENV.is_set(server.PORT)
            )
        except ports.PortUnavailableError as error:
            raise CommandError(str(error), returncode=2) from error
        if port != requested:
            self.stdout.write(f"Port {requested} is taken, using port {port}.")
            restart_with({"PORT": str(port)})
