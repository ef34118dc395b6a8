"""What a change of a person stamps."""

from uuid import UUID

from broadsheet.accounts.models import User
from broadsheet.pagecache.triggers import Stamp, watch

#: Which people, tags and series there are, and what they are called.
NAMES = "names"

SHOWN = ("username", "display_name", "bio_html", "avatar", "links", "role", "is_active")


def user(pk: UUID) -> str:
    """Return the stamp of what the public sees of a person."""
    return f"user:{pk.hex}"


watch(User, Stamp("user:{id}", on=SHOWN), Stamp(NAMES, on=SHOWN))
