"""`broadsheet relate`: find the related posts of all posts anew."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.posts import actions
from broadsheet.posts.models import Post


class Command(BaseCommand):
    help = (
        "Find the related posts of all posts anew. The worker does so for what changes; this is for"
        " posts that came into the database by another way. It may be stopped and run again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        actions.ask_for_all_related()
        while actions.relate_some():
            pass
        self.stdout.write(f"{Post.objects.published().count():,} posts know what is related.")
