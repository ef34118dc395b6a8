"""`broadsheet serve`: run the production server."""

import os
import signal
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.conf import server
from broadsheet.ops.server import bootstrap, ports, socket_activation, startup_message


class Command(BaseCommand):
    help = "Run the web server and a background worker. Stop with Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host", help="network address to listen on (default: the setting HOST)"
        )
        parser.add_argument("--port", help="port to listen on (default: the setting PORT)")
        parser.add_argument(
            "--reload", action="store_true", help="restart when code changes (development)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        overrides = {"HOST": options["host"], "PORT": options["port"]}
        restart_with({name: value for name, value in overrides.items() if value})
        try:
            if not socket_activation.is_activated():
                self._choose_port()
        except (ports.PortUnavailableError, socket_activation.SocketActivationError) as error:
            raise CommandError(str(error), returncode=2) from error
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _exit)
        bootstrap.create_data_folder()
        self._check_replica()
        bootstrap.wait_for_database(self._say)
        bootstrap.migrate_and_collect_static(self._say)
        for line in startup_message.startup_message():
            self._say(line)
        from broadsheet.ops.server import granian_server  # noqa: PLC0415 - only this command needs Granian

        granian_server.serve(reload=options["reload"])

    def _check_replica(self) -> None:
        if not settings.REPLICA_URL:
            return
        from broadsheet.ops.backup import BackupError  # noqa: PLC0415 - only if configured
        from broadsheet.ops.litestream import startup_check  # noqa: PLC0415

        try:
            startup_check.check(self._say)
        except BackupError as error:
            raise CommandError(str(error), returncode=2) from error

    def _choose_port(self) -> None:
        port = ports.choose(
            settings.HOST, settings.PORT, is_explicit=settings.ENV.is_set(server.PORT)
        )
        if port != settings.PORT:
            self.stdout.write(f"Port {settings.PORT} is taken, using port {port}.")
            restart_with({"PORT": str(port)})

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _exit(_number: int, _frame: object) -> NoReturn:
    """Exit cleanly before the server has started; later it has its own handlers."""
    sys.exit()


def restart_with(changes: dict[str, str]) -> None:
    """Restart this process if settings differ from `changes`: others are derived from them."""
    if all(str(getattr(settings, name)) == value for name, value in changes.items()):
        return
    os.environ.update(changes)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - itself
