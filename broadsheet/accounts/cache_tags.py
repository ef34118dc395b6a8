"""Cache tags of a person."""

from uuid import UUID

from broadsheet.accounts.models import User
from broadsheet.pagecache.triggers import TagRule, watch

#: Which people, tags and series there are, and what they are called.
NAMES = "names"

SHOWN = ("username", "display_name", "bio_html", "avatar", "links", "role", "is_active")


def user(pk: UUID) -> str:
    """Return the cache tag of what the public sees of a person."""
    return f"user:{pk.hex}"


watch(User, TagRule("user:{id}", on=SHOWN), TagRule(NAMES, on=SHOWN))
