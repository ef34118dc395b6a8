"""`broadsheet relate`: compute the related posts of all posts again."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.posts import actions
from broadsheet.posts.models import Post


class Command(BaseCommand):
    help = (
        "Compute related posts for all posts. The worker does this for changed posts; use "
        "this command for posts that were written to the database directly. You can stop it "
        "and run it again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        actions.request_all_related()
        while actions.relate_some():
            pass
        self.stdout.write(
            f"Related posts are computed for {Post.objects.published().count():,} posts."
        )
