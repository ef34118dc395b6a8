"""Cache tags of users, and of lists of names."""

from uuid import UUID

from broadsheet.accounts.models import User
from broadsheet.pagecache.triggers import TagRule, watch

#: Tag of pages that list users, tags or series by name.
NAMES = "names"

SHOWN = ("username", "display_name", "bio_html", "avatar", "links", "role", "is_active")


def user(pk: UUID) -> str:
    """Return the cache tag of a user's public profile."""
    return f"user:{pk.hex}"


watch(User, TagRule("user:{id}", on=SHOWN), TagRule(NAMES, on=SHOWN))
