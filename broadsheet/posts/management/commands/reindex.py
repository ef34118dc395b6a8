"""`broadsheet reindex`: rebuild the search index from the posts."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.posts import actions


class Command(BaseCommand):
    help = (
        "Rebuild the search index from all listed posts. The old index is used until the new "
        "one is ready. On SQLite, no one can save in the meantime."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{actions.reindex():,} posts are in the search index.")
