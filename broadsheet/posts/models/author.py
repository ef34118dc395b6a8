"""People as their pages and those of their posts show them: plain values."""

from typing import NamedTuple

from django.db.models.functions import Lower

from broadsheet.accounts.models import Role, User
from broadsheet.lib.prepared import Prepared


class Author(NamedTuple):
    """A person as pages show them. The identifier is in hex digits."""

    id: str
    username: str
    display_name: str
    bio_html: str
    avatar: str
    links: list[dict[str, str]]
    role: str
    is_active: bool

    @property
    def name(self) -> str:
        """The name to show: the display name, or the user name."""
        return self.display_name or self.username

    @property
    def avatar_url(self) -> str:
        """The address of the picture; empty without one."""
        return User(avatar=self.avatar).avatar.url if self.avatar else ""

    @property
    def is_author(self) -> bool:
        """Whether they may write."""
        return self.is_active and self.role != Role.READER

    def get_absolute_url(self) -> str:
        """Return the path of their page."""
        return f"/@{self.username}"

    @classmethod
    def called(cls, username: str) -> "Author | None":
        """Return who has the user name, in any case."""
        return next((cls._make(row) for row in _called(username.lower())), None)


_called = Prepared(
    lambda username: (
        User.objects.alias(key=Lower("username")).filter(key=username).values_list(*Author._fields)
    ),
    "a-name",
)
