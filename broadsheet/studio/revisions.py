"""The history of a post: pages of its revisions, folded into sessions of writing."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.keyset import split_page
from broadsheet.posts.actions.edit import SESSION_PAUSE
from broadsheet.posts.models import REVISION_FILTERS, Post, Revision

PAGE_SIZE = 100


class RevisionFilter(models.TextChoices):
    """Which revisions the history shows."""

    ALL = "", _("All")
    PUBLISHED = "published", _("Published")
    NAMED = "named", _("Named")


@dataclass(frozen=True)
class Session:
    """Revisions without a name, newest first, none of them published, and no pause between two."""

    revisions: list[Revision]

    @property
    def first(self) -> Revision:
        """The oldest revision."""
        return self.revisions[-1]

    @property
    def last(self) -> Revision:
        """The newest revision."""
        return self.revisions[0]

    @property
    def names(self) -> list[str]:
        """Names of those who wrote, in the order of their first save."""
        writers = [revision.saved_by for revision in reversed(self.revisions)]
        return list(dict.fromkeys(writer.name for writer in writers if writer))


def get_page(
    post: Post, *, before: int | None, revision_filter: RevisionFilter = RevisionFilter.ALL
) -> tuple[list[Revision], int | None]:
    """Return revisions without texts, newest first, and the `before` of the next page."""
    revisions = post.revisions.defer("content", "fields").select_related("saved_by")
    if revision_filter:
        revisions = revisions.filter(REVISION_FILTERS[revision_filter])
    if before is not None:
        revisions = revisions.filter(number__lt=before)
    page, last = split_page(list(revisions.order_by("-number")[: PAGE_SIZE + 1]), PAGE_SIZE)
    return page, last.number if last else None


def fold(revisions: list[Revision]) -> list[Session]:
    """Return revisions as sessions. One that is published or has a name is a session by itself."""
    sessions: list[Session] = []
    for revision in revisions:
        last = sessions[-1].first if sessions else None
        if (
            last is not None
            and not (stands_out(last) or stands_out(revision))
            and last.saved_at - revision.saved_at < SESSION_PAUSE
        ):
            sessions[-1].revisions.append(revision)
        else:
            sessions.append(Session([revision]))
    return sessions


def stands_out(revision: Revision) -> bool:
    """Return whether a revision is published or has a name."""
    return bool(revision.name) or revision.kind == Revision.Kind.PUBLISHED
