"""Posts for the tests of the public pages."""

import datetime as dt
from typing import Any

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post

LATEST = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def publish(by: User, **fields: Any) -> Post:
    """Publish one post."""
    given: dict[str, Any] = {"title": "A post", "status": "published", "pub_date": LATEST}
    return actions.create(by=by, **{**given, **fields})


def publish_many(by: User, count: int, **fields: Any) -> list[Post]:
    """Publish posts an hour apart, the newest first: `Story 0` is the newest."""
    drafts: list[Any] = [
        {
            "title": f"Story {n}",
            "status": "published",
            "pub_date": LATEST - dt.timedelta(hours=n),
            **fields,
        }
        for n in range(count)
    ]
    return actions.create_many(drafts, by=by)
