"""`broadsheet deploy`: install this site as services of this machine."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from broadsheet.lib.outages import classify_outage
from broadsheet.ops.database.migration_plan import count_pending
from broadsheet.ops.deploy import cli, config_files
from broadsheet.ops.deploy.config_files import ConfigFile
from broadsheet.ops.deploy.install import Installation, StepError
from broadsheet.ops.deploy.writer import FileWriter
from broadsheet.ops.server import bootstrap

_STEPS = """\
# Then, as root: create the user {user}, who owns {data}; set up the database and the static
# files; start the units; configure nginx on port 80; get a certificate for {names} from certbot
# and use it in nginx; create the first backup; print the link for creating the owner's account.
# Steps that are already done are skipped.
"""


class Command(BaseCommand):
    help = (
        "Install this site as services of this machine, as root: user, folders, settings, systemd "
        "units, nginx, certificate, first backup. Idempotent, and never overwrites manual changes; "
        "run it again after an update or a change of settings. On a new machine use bin/deploy, "
        "which installs the requirements first."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        config_files.check()
        writer = FileWriter(options["root"])
        stored = {name: options[name] for name in ("user", "certificate", "key")}
        options |= writer.with_stored(stored)
        options["user"] = options["user"] or "broadsheet"
        try:
            if not options["dry_run"]:
                writer.store_options(stored)
            if options["dry_run"] or not writer.is_real:
                self._write(writer, options)
            else:
                self._install(writer, options)
        except OSError as error:
            if classify_outage(error):
                raise  # __main__ explains it
            raise CommandError(
                f"{error.filename} cannot be written ({error.strerror}). "
                "Run this as root, or with --root=FOLDER or --dry-run."
            ) from error

    def _install(self, writer: FileWriter, options: dict[str, Any]) -> None:
        if os.geteuid():
            raise CommandError("Run this as root, or with --root=FOLDER or --dry-run.")
        bootstrap.create_data_folder()
        arguments = {name: options[name] for name in ("email", "certificate", "key")}
        installation = Installation(writer, options["user"], self._say)
        try:
            installation.run(**arguments)
        except StepError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"Database error: {str(error).strip()}") from error
        if installation.failures:
            raise CommandError("\n".join(installation.failures))

    def _write(self, writer: FileWriter, options: dict[str, Any]) -> None:
        """Only write the files, or print them."""
        data = Path(options["data"] or settings.DATA).absolute()
        if options["dry_run"] and data != settings.DATA:  # a temporary one by cli.prepare
            call_command("migrate", interactive=False, verbosity=0)
        elif count_pending():
            raise CommandError("The database is not set up. Run `broadsheet migrate`.")
        certificate = options["certificate"], options["key"]
        config = [
            *config_files.system_files(options["user"]),
            config_files.nginx_file(*certificate, has_certificate=True),
        ]
        for file in config:
            if options["dry_run"]:
                self._print(writer, file, data)
            else:
                self._say(f"{file.path}: {writer.write(file).format(file.path)}")
        if options["dry_run"]:
            names = settings.ALLOWED_HOSTS[0]
            self._say(_STEPS.format(user=options["user"], data=data, names=names))

    def _print(self, writer: FileWriter, file: ConfigFile, data: Path) -> None:
        text = file.text.replace(str(settings.DATA), str(data))
        outcome = writer.outcome(file).format(file.path)
        self._say(f"# {file.path}, {file.mode:o}: {outcome}\n{text}\n")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
