"""`broadsheet rerender`: render all posts again."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.posts import actions


class Command(BaseCommand):
    help = (
        "Render the HTML of all posts again with this release. Versions and dates do not "
        "change. You can stop it and run it again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        changed = total = 0
        for is_changed in actions.rerender():
            total += 1
            changed += is_changed
            if self.stderr.isatty():
                self.stderr.write(f"{total:,} posts, {changed:,} changed", ending="\r")
        self.stdout.write(f"{changed:,} of {total:,} posts changed.")
