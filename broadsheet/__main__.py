"""`broadsheet COMMAND`: Django's command line for this site."""

import os
import sys

HELP = """\
Broadsheet: a self-hosted publishing platform.

  broadsheet serve               run the site on http://127.0.0.1:8000
  broadsheet worker              run a background worker only
  broadsheet config              print the current settings
  broadsheet metrics             print the metrics in the Prometheus format
  broadsheet mail test           send a test e-mail and print the mail server's reply
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
  broadsheet clean-media         delete media files that belong to no image
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
#: Commands that serve requests or jobs: they must detect quickly that the database is down.
_SERVICES = ("serve", "worker", "runserver")
#: Connection timeout of all other commands, in seconds: long enough for a busy machine.
_CONNECT_TIMEOUT = "30"


def main() -> None:
    """Run the management command in the arguments.

    Exits with 1 if the database or the disk fails, with 2 for an invalid setting, and with 130
    after Ctrl-C, like shells.
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
        os.environ.setdefault("PGCONNECT_TIMEOUT", _CONNECT_TIMEOUT)  # libpq, pg_dump, psql
    try:
        if arguments[0] == "deploy":  # its options and prompts become settings
            from broadsheet.ops.deploy import cli  # noqa: PLC0415 - for this command only

            arguments = ["deploy", *cli.prepare(arguments[1:])]
        execute_from_command_line(["broadsheet", *arguments])
    except (Error, OSError) as error:
        from broadsheet.ops.command_errors import explain  # noqa: PLC0415

        message = explain(error)
        if message is None:
            raise
        sys.stderr.write(f"broadsheet: {message}\n")
        sys.exit(1)
    except StartupError as error:
        sys.stderr.write(f"broadsheet: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
