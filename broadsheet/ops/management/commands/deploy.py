"""`broadsheet deploy`: this site as services of this machine."""

import pwd
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.ops.deploy.files import File, wanted
from broadsheet.ops.deploy.writing import Machine
from broadsheet.ops.preparation import pending_migrations

AFTER = """\

Then, as root:
{user}  cd {data} && chown -R {name}:www-data . && chmod 710 .
  chmod -fR go= broadsheet.sqlite3* mail run
  install -d -o www-data -g adm /var/log/broadsheet
{certificate}  systemctl daemon-reload
  systemctl enable --now broadsheet.socket broadsheet.service broadsheet-worker.service
  nginx -t && systemctl reload nginx
"""


class Command(BaseCommand):
    help = (
        "Write, from the settings in force, what this machine needs to run the site: units of "
        "systemd, nginx's configuration, the settings themselves, the rotation of logs. What a "
        "person changed since is never overwritten."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", default="broadsheet", help="who runs it (broadsheet)")
        parser.add_argument("--certificate", default="", help="the file with the TLS certificate")
        parser.add_argument("--key", default="", help="the file with its key")
        parser.add_argument("--root", type=Path, default=Path("/"), help="write below this folder")
        parser.add_argument("--dry-run", action="store_true", help="print instead of writing")

    def handle(self, *_args: Any, **options: Any) -> None:
        if pending_migrations():
            raise CommandError("The database is not set up: run `broadsheet migrate`.")
        files = [*wanted(options["user"], options["certificate"], options["key"])]
        machine = Machine(options["root"])
        if options["dry_run"]:
            self._print(machine, files)
            return
        try:
            for file in files:
                outcome = machine.put(file)
                self.stdout.write(f"{file.path}: {outcome.format(file.path)}")
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be written ({error.strerror}). "
                "Run this as root, or with --root=FOLDER or --dry-run."
            ) from error
        self.stdout.write(_after(options["user"], options["certificate"]))

    def _print(self, machine: Machine, files: list[File]) -> None:
        for file in files:
            outcome = machine.outcome(file).format(file.path)
            self.stdout.write(f"# {file.path}, {file.mode:o}: {outcome}\n{file.text}\n")


def _after(name: str, certificate: str) -> str:
    """Return what is left to do by hand."""
    try:
        pwd.getpwnam(name)
        user = ""
    except KeyError:
        user = f"  useradd --system --home-dir {settings.DATA} --shell /usr/sbin/nologin {name}\n"
    host = settings.ALLOWED_HOSTS[0]
    certbot = "" if certificate else f"  certbot certonly --nginx -d {host}\n"
    return AFTER.format(user=user, name=name, data=settings.DATA, certificate=certbot)
