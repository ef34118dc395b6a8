"""`broadsheet reindex`: make the search index anew from the posts."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.posts import actions


class Command(BaseCommand):
    help = (
        "Make the search index anew from all listed posts. Readers find what the old one held"
        " until it is done; on SQLite nobody can save meanwhile."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{actions.reindex():,} posts can be found.")
