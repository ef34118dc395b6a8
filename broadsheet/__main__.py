"""`broadsheet COMMAND`: Django's command line for this site."""

import os
import sys


def main() -> None:
    """Run the management command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from broadsheet.lib.env import Refused  # noqa: PLC0415 - keeps start-up light

    try:
        execute_from_command_line(sys.argv)
    except Refused as refused:
        sys.exit(f"broadsheet: {refused}")


if __name__ == "__main__":
    main()
