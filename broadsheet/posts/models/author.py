"""People as their pages and those of their posts show them: plain values."""

from functools import cache
from typing import Any, NamedTuple

from django.db.models.functions import Lower

from broadsheet.accounts.models import Role, User
from broadsheet.lib.compiled_query import CompiledQuery, Row


class Link(NamedTuple):
    """An address elsewhere with its name."""

    label: str
    url: str


class Author(NamedTuple):
    """A person as pages show them. The identifier is in hex digits."""

    id: str
    username: str
    display_name: str
    bio_html: str
    avatar: str
    links: tuple[Link, ...]
    role: str
    is_active: bool

    @property
    def name(self) -> str:
        """The name to show: the display name, or the user name."""
        return self.display_name or self.username

    @property
    def avatar_url(self) -> str:
        """The address of the picture; empty without one."""
        return str(_avatars().url(self.avatar)) if self.avatar else ""

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
        return next((cls.of(row) for row in _called(username.lower())), None)

    @classmethod
    def of(cls, row: Row) -> "Author":
        """Return what the row of a query for these fields says."""
        *own, links, role, is_active = row
        given = tuple(Link(link["label"], link["url"]) for link in links or ())
        return cls._make((*own, given, role, is_active))


@cache
def _avatars() -> Any:
    return User._meta.get_field("avatar").storage  # noqa: SLF001 - Django's own API


_called = CompiledQuery(
    lambda username: (
        User.objects.alias(key=Lower("username")).filter(key=username).values_list(*Author._fields)
    ),
    "a-name",
)
