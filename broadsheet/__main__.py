"""`broadsheet COMMAND`: Django's command line for this site."""

import os
import sys

HELP = """\
Broadsheet: a self-hosted publishing platform.

  broadsheet serve               serve the site on http://127.0.0.1:8000
  broadsheet worker              background work alone, on a further machine
  broadsheet config              print the settings in force
  broadsheet metrics             print what was counted, as Prometheus reads it
  broadsheet mail test           send a test mail, and say what the mail server said
  broadsheet check --deploy      look for what is unsafe in production
  broadsheet deploy              make this site a service of this machine, with nginx
  broadsheet nginx               print the configuration for nginx in front

  broadsheet backup [TARGET]     make one archive of everything, while the site is in use
  broadsheet backups [TARGET]    list the archives that are there
  broadsheet restore ARCHIVE     replace this site by that in an archive

  broadsheet createsuperuser     make an owner's account
  broadsheet import hashnode …   bring posts in
  broadsheet export markdown …   take everything out
  broadsheet move FROM TO        from one database to another: SQLite, PostgreSQL
  broadsheet move-media FROM TO  images from a folder to S3, or back
  broadsheet rotate-key          make a new secret key; nobody is logged out
  broadsheet relate              find the related posts of all posts anew
  broadsheet rerender            render all posts again, as this release does it
  broadsheet reindex             make the search index anew

  broadsheet upgrade-check       say what an upgrade will do to the database
  broadsheet migrate             bring the database up to date (serve does so too)
  broadsheet collectstatic       collect static files (serve does so too)
  broadsheet runserver [PORT]    Django's server for development

broadsheet COMMAND --help says more; broadsheet help --commands lists every command.
"""
#: Commands for which others wait, and that must notice soon where no database is.
_SERVICES = ("serve", "worker", "runserver")
#: Seconds that others take to connect to PostgreSQL, on a machine that has much to do.
_PATIENCE = "30"


def main() -> None:
    """Run the management command that the arguments name.

    Exits with 1 where the database or the disk fails, with 2 for a refused setting, and with 130
    after Ctrl-C, as shells have it.
    """
    if sys.argv[1:] in ([], ["help"], ["--help"], ["-h"]):
        sys.stdout.write(HELP)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import Error  # noqa: PLC0415

    from broadsheet.lib.env import Refused  # noqa: PLC0415 - keeps start-up light

    arguments = sys.argv[1:]
    if arguments[0] not in _SERVICES:
        os.environ.setdefault("PGCONNECT_TIMEOUT", _PATIENCE)  # libpq's, also of pg_dump and psql
    try:
        if arguments[0] == "deploy":  # its options and prompts become settings
            from broadsheet.ops.deploy import cli  # noqa: PLC0415 - for this command only

            arguments = ["deploy", *cli.prepare(arguments[1:])]
        execute_from_command_line(["broadsheet", *arguments])
    except (Error, OSError) as error:
        from broadsheet.ops.command_errors import explain  # noqa: PLC0415

        says = explain(error)
        if says is None:
            raise
        sys.stderr.write(f"broadsheet: {says}\n")
        sys.exit(1)
    except Refused as refused:
        sys.stderr.write(f"broadsheet: {refused}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
