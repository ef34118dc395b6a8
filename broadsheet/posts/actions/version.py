"""A version of a post that is about to be saved, with the rows that belong to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.posts.actions.index_sync import document, listed_at
from broadsheet.posts.actions.input import COLUMNS
from broadsheet.posts.models import Authorship, Post, PostTag, Revision, Tag

#: Columns of a revision; its other fields are JSON.
_REVISION_COLUMNS = frozenset({"title", "subtitle", "content"})


@dataclass(frozen=True, slots=True)
class Version:
    """A post with its plain text, and its authors and tags in their order."""

    post: Post
    text: str
    authors: Sequence[User]
    tags: Sequence[Tag]

    def authorships(self) -> list[Authorship]:
        """Return new rows for the authors."""
        at = listed_at(self.post)
        return [
            Authorship(post=self.post, user=user, position=position, listed_at=at)
            for position, user in enumerate(self.authors)
        ]

    def post_tags(self) -> list[PostTag]:
        """Return new rows for the tags."""
        at = listed_at(self.post)
        return [
            PostTag(post=self.post, tag=tag, position=position, listed_at=at)
            for position, tag in enumerate(self.tags)
        ]

    def revision(self, *, by: User, kind: Revision.Kind = Revision.Kind.SAVED) -> Revision:
        """Return a new revision; one of a readable post is published."""
        post = self.post
        kind = Revision.Kind.PUBLISHED if post.is_readable else kind
        return Revision(
            post=post,
            number=post.version,
            title=post.title,
            subtitle=post.subtitle,
            content=post.content,
            fields={
                **{name: getattr(post, name) for name in COLUMNS if name not in _REVISION_COLUMNS},
                "cover": str(post.cover_id) if post.cover_id else None,
                "series": post.series.name if post.series else "",
                "tags": [tag.name for tag in self.tags],
                "authors": [author.username for author in self.authors],
            },
            saved_by=by,
            saved_at=post.updated_at,
            kind=kind,
        )

    def document(self) -> search.Document:
        """Return the entry of the search index."""
        return document(self.post, self.text, authors=self.authors, tags=self.tags)


def add_relations(versions: Sequence[Version]) -> None:
    """Save the authors and tags of posts that have none."""
    Authorship.objects.bulk_create(chain.from_iterable(v.authorships() for v in versions))
    PostTag.objects.bulk_create(chain.from_iterable(v.post_tags() for v in versions))


def unique[T](items: Iterable[T]) -> list[T]:
    """Return `items` without duplicates, in their order."""
    return list(dict.fromkeys(items))
