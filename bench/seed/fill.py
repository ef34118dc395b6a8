"""Seeds Broadsheet's database."""

import hashlib
import json
import random
import time
from collections.abc import Iterable
from itertools import batched

from django.core.management import call_command
from django.db import connection, transaction

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.lib import image_variants
from broadsheet.media.models import Image
from broadsheet.pagecache.triggers import after_migrate
from broadsheet.posts.models import (
    Authorship,
    Post,
    PostTag,
    Related,
    Revision,
    Series,
    Tag,
)
from broadsheet.publication.models import Redirect, Site
from broadsheet.search.backends import backend
from bench.seed import credentials, plan, words
from bench.seed.bulk import Table, serialize, unhindered

CHUNK = 2_000
RELATED = 3  # related posts of each post
REVISED = 50  # every 50th post has a revision, since revisions are as long as posts


class Seeder:
    """Writes the posts, and the users, tags, series and images that they refer to."""

    def __init__(self, size: plan.Size) -> None:
        self.size, self.rng = size, random.Random(20261121)
        self.authors = self._ids(size.authors)
        self.tags = self._ids(size.tags)
        self.series = self._ids(size.series)
        self.images = self._ids(size.images)
        self.tag_names = [w.capitalize() for w in words.vocabulary(size.tags, self.rng)]

    def _ids(self, count: int) -> list[str]:
        return [serialize(plan.identifier(plan.FIRST, self.rng)) for _ in range(count)]

    def write_references(self) -> None:
        """Write the rows that posts refer to, and redirects."""
        names = words.vocabulary(self.size.authors + 500, self.rng)[500:]
        columns = ("id", "username", "email", "role", "display_name", "bio_html", "password")
        Table(User, *columns).write(
            (pk, f"{name[:30]}{n}", f"p{n}@example.org", "author", f"{name} {name}".title(),
             f"<p>{name} writes.</p>", "!")
            for n, (pk, name) in enumerate(zip(self.authors, names, strict=True))
        )  # fmt: skip
        Table(Tag, "id", "name", "slug", "description").write(
            (pk, name, f"{name.lower()}-{n}", "")
            for n, (pk, name) in enumerate(zip(self.tags, self.tag_names, strict=True))
        )
        Table(Series, "id", "name", "slug").write(
            (pk, f"Series {n}", f"series-{n}") for n, pk in enumerate(self.series)
        )
        Table(Image, "id", "owner_id", "file", "digest", "mime", "width", "height", "bytes").write(
            (pk, self.authors[0], image_variants.original_name(digest, 1600, 900, "jpg"), digest,
             "image/jpeg", 1600, 900, 200_000)
            for pk in self.images
            for digest in [hashlib.sha256(pk.encode()).hexdigest()]
        )  # fmt: skip
        Table(Redirect, "id", "old_path", "new_path", "status").write(
            (pk, f"/old/{n}", "/", 301) for n, pk in enumerate(self._ids(self.size.posts // 100))
        )

    def write_posts(self) -> None:
        """Write the posts with their authors, tags, revisions, related posts and search index."""
        post = Table(
            Post, "id", "title", "subtitle", "slug", "content", "html", "summary", "contents",
            "word_count", "cover_id", "status", "pub_date", "created_at", "updated_at",
            "deleted_at", "series_id",
        )  # fmt: skip
        authorship = Table(Authorship, "post_id", "user_id", "position", "listed_at")
        post_tag = Table(PostTag, "post_id", "tag_id", "position", "listed_at")
        revision = Table(
            Revision, "id", "post_id", "number", "title", "content", "fields", "saved_by_id",
            "saved_at",
        )  # fmt: skip
        related = Table(Related, "post_id", "other_id", "position", "score")
        start = time.monotonic()
        for chunk in batched(plan.posts(self.size, self.rng), CHUNK):
            with transaction.atomic(), connection.cursor() as cursor:
                post.write(map(self._post, chunk))
                authorship.write(self._links(chunk, "authors", self.authors))
                post_tag.write(self._links(chunk, "tags", self.tags))
                revision.write(map(self._revision, chunk[::REVISED]))
                related.write(_related([draft for draft in chunk if draft.is_listed]))
                backend(connection.vendor).add(
                    cursor, [self._document(draft) for draft in chunk if draft.is_listed]
                )
            done = chunk[-1].number + 1
            if done % 100_000 == 0:
                print(f"{done:,} posts in {time.monotonic() - start:,.0f} s", flush=True)

    def _post(self, draft: plan.Draft) -> tuple[object, ...]:
        at = serialize(draft.at)
        text = draft.blocks[0].text
        return (
            serialize(draft.id), draft.title, text[:80], draft.slug, draft.source, draft.html,
            text[:200], draft.contents, sum(block.words for block in draft.blocks),
            None if draft.image is None else self.images[draft.image], draft.status,
            None if draft.status == "draft" else at, at, at, at if draft.is_deleted else None,
            None if draft.series is None else self.series[draft.series],
        )  # fmt: skip

    def _links(
        self, drafts: Iterable[plan.Draft], kind: str, ids: list[str]
    ) -> Iterable[tuple[object, ...]]:
        return (
            (
                serialize(draft.id),
                ids[number],
                position,
                serialize(draft.at) if draft.is_listed else None,
            )
            for draft in drafts
            for position, number in enumerate(getattr(draft, kind))
        )

    def _revision(self, draft: plan.Draft) -> tuple[object, ...]:
        pk = serialize(plan.identifier(draft.at, self.rng))
        return (
            pk, serialize(draft.id), 1, draft.title, draft.source, json.dumps({"slug": draft.slug}),
            self.authors[draft.authors[0]], serialize(draft.at),
        )  # fmt: skip

    def _document(self, draft: plan.Draft) -> search.Document:
        return search.Document(
            id=draft.id,
            title=draft.title,
            subtitle=draft.blocks[0].text[:80],
            body=draft.text,
            tags=" ".join(self.tag_names[number] for number in draft.tags),
            at=draft.at,
            keys=(
                *(f"author{self.authors[number]}" for number in draft.authors),
                *(f"tag{self.tags[number]}" for number in draft.tags),
            ),
        ).cleaned()


def _related(drafts: list[plan.Draft]) -> Iterable[tuple[object, ...]]:
    """Relate each post to the posts before it; requests only read the stored result."""
    return (
        (serialize(draft.id), serialize(drafts[n - RELATED + position].id), position, 0.5)
        for n, draft in enumerate(drafts)
        if n >= RELATED
        for position in range(RELATED)
    )


def fill(size: plan.Size) -> None:
    """Set up an empty database and fill it."""
    call_command("migrate", verbosity=0)
    with unhindered():
        seeder = Seeder(size)
        seeder.write_references()
        seeder.write_posts()
    Site.objects.get_or_create(id=1, defaults={"name": "The Bench", "tagline": "Measured daily"})
    credentials.make()
    _clear_queues()


def _clear_queues() -> None:
    """Delete the change log and the related-posts queue that triggers and migrations filled."""
    with connection.cursor() as cursor:
        for table in ("pagecache_change", "posts_unrelated"):
            cursor.execute(f"DELETE FROM {table}")
    after_migrate(connection.alias)  # an empty change log would count as incomplete
