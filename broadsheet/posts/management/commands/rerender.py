"""`broadsheet rerender`: render all posts again."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.posts import actions


class Command(BaseCommand):
    help = (
        "Render all posts again, as this release does it. Versions and dates stay. It may be"
        " stopped and run again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        changed = total = 0
        for is_changed in actions.rerender():
            total += 1
            changed += is_changed
            if self.stderr.isatty():
                self.stderr.write(f"{total:,} posts, {changed:,} changed", ending="\r")
        self.stdout.write(f"{changed:,} of {total:,} posts changed.")
