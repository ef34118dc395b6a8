"""`broadsheet COMMAND`: Django's command line for this site."""

import os
import sys

HELP = """\
Broadsheet: a self-hosted publishing platform.

  broadsheet serve               run the site on http://127.0.0.1:8000
  broadsheet worker              run a background worker, on a further machine
  broadsheet config              print the current settings
  broadsheet metrics             print metrics in Prometheus' format
  broadsheet mail test           send a test e-mail and print the server's answer
  broadsheet check --deploy      check the configuration for production
  broadsheet deploy              install the site as a service, with nginx
  broadsheet nginx               print an nginx configuration

  broadsheet backup [TARGET]     create a backup; the site can stay online
  broadsheet backups [TARGET]    list the backups
  broadsheet restore ARCHIVE     replace the site with the one in a backup

  broadsheet createsuperuser     create an owner's account
  broadsheet import hashnode …   import posts
  broadsheet export markdown …   export all posts
  broadsheet move FROM TO        move to another database: SQLite, PostgreSQL
  broadsheet move-media FROM TO  move images between a folder and S3
  broadsheet rotate-key          create a new secret key; no one is logged out
  broadsheet relate              compute the related posts of all posts
  broadsheet rerender            render all posts again with this release
  broadsheet reindex             rebuild the search index

  broadsheet upgrade-check       check what an upgrade does to the database
  broadsheet migrate             run migrations (serve does this, too)
  broadsheet collectstatic       collect static files (serve does this, too)
  broadsheet runserver [PORT]    run Django's development server

Run `broadsheet COMMAND --help` for details, `broadsheet help --commands` for all commands.
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

    from broadsheet.lib.env import StartupError  # noqa: PLC0415 - keeps start-up light

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
    except StartupError as error:
        sys.stderr.write(f"broadsheet: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
