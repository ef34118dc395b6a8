"""`broadsheet deploy`: this site as services of this machine."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from broadsheet.ops.database.migration_plan import pending_migrations
from broadsheet.ops.deploy import cli, config_files
from broadsheet.ops.deploy.config_files import File
from broadsheet.ops.deploy.install import Installation, StepError
from broadsheet.ops.deploy.writer import Machine

_STEPS = """\
# Then, as root: the user {user}, to whom {data} belongs; the database and the static
# files; the units, started; nginx on port 80; a certificate for {names} by certbot, and nginx with
# it; the first backup; and the link that makes the site yours. What is done already stays as it is.
"""


class Command(BaseCommand):
    help = (
        "Make this site a service of this machine, as root: user, folders, settings, units of "
        "systemd, nginx, certificate, first backup. What is there stays, and what a person changed "
        "is never overwritten; run it again after an update or when settings changed. bin/deploy "
        "does so on a new machine, and installs what it needs before."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        config_files.check()
        machine = Machine(options["root"])
        said = {name: options[name] for name in ("user", "certificate", "key")}
        options |= machine.recalled(said)
        options["user"] = options["user"] or "broadsheet"
        try:
            if not options["dry_run"]:
                machine.remember(said)
            if options["dry_run"] or not machine.is_real:
                self._write(machine, options)
            else:
                self._install(machine, options)
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be written ({error.strerror}). "
                "Run this as root, or with --root=FOLDER or --dry-run."
            ) from error

    def _install(self, machine: Machine, options: dict[str, Any]) -> None:
        if os.geteuid():
            raise CommandError("Run this as root, or with --root=FOLDER or --dry-run.")
        own = {name: options[name] for name in ("email", "certificate", "key")}
        installation = Installation(machine, options["user"], self._say)
        try:
            installation.run(**own)
        except StepError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database: {str(error).strip()}") from error
        if installation.failures:
            raise CommandError("\n".join(installation.failures))

    def _write(self, machine: Machine, options: dict[str, Any]) -> None:
        """Write the files alone, or print them."""
        data = Path(options["data"] or settings.DATA).absolute()
        if options["dry_run"] and data != settings.DATA:  # one that asking.prepare made
            call_command("migrate", interactive=False, verbosity=0)
        elif pending_migrations():
            raise CommandError("The database is not set up: run `broadsheet migrate`.")
        certificate = options["certificate"], options["key"]
        wanted = [
            *config_files.wanted(options["user"]),
            config_files.site(*certificate, has_certificate=True),
        ]
        for file in wanted:
            if options["dry_run"]:
                self._print(machine, file, data)
            else:
                self._say(f"{file.path}: {machine.put(file).format(file.path)}")
        if options["dry_run"]:
            names = settings.ALLOWED_HOSTS[0]
            self._say(_STEPS.format(user=options["user"], data=data, names=names))

    def _print(self, machine: Machine, file: File, data: Path) -> None:
        text = file.text.replace(str(settings.DATA), str(data))
        outcome = machine.outcome(file).format(file.path)
        self._say(f"# {file.path}, {file.mode:o}: {outcome}\n{text}\n")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
