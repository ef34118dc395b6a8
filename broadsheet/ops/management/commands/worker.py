"""`broadsheet worker`: run background jobs, for example on a separate machine."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.ops.database import migration_plan
from broadsheet.ops.monitoring import exporter, heartbeat
from broadsheet.ops.server import bootstrap, cdn_purge, job_recovery


class Command(BaseCommand):
    help = (
        "Run background jobs until Ctrl-C, for example on another machine. `serve` runs them, too."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--threads", type=int, default=1, help="number of concurrent jobs (default: 1)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        bootstrap.create_data_folder()
        bootstrap.wait_for_database(self._say)
        if migration_plan.count_pending():
            raise CommandError("The database is not set up. Run `broadsheet migrate`.")
        exporter.start()
        cdn_purge.start()
        job_recovery.recover_jobs()
        call_command(
            "ox_worker",
            concurrency=options["threads"],
            heartbeat_file=str(heartbeat.start()),
            verbosity=0,
            skip_checks=True,
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
