"""Filling Broadsheet's database."""

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
from broadsheet.search.index import backend
from bench.seed import credentials, plan, words
from bench.seed.bulk import Table, shown, unhindered

CHUNK = 2_000
KIN = 3  # posts that each is related to
REVISED = 50  # one post in so many has a revision: they are as long as the posts themselves


class Filling:
    """The ids of what posts are filed under, and the posts."""

    def __init__(self, size: plan.Size) -> None:
        self.size, self.rng = size, random.Random(20261121)
        self.people = self._ids(size.authors)
        self.tags = self._ids(size.tags)
        self.series = self._ids(size.series)
        self.images = self._ids(size.images)
        self.tag_names = [w.capitalize() for w in words.vocabulary(size.tags, self.rng)]

    def _ids(self, count: int) -> list[str]:
        return [shown(plan.identifier(plan.FIRST, self.rng)) for _ in range(count)]

    def around(self) -> None:
        """Write what posts are filed under."""
        names = words.vocabulary(self.size.authors + 500, self.rng)[500:]
        columns = ("id", "username", "email", "role", "display_name", "bio_html", "password")
        Table(User, *columns).write(
            (pk, f"{name[:30]}{n}", f"p{n}@example.org", "author", f"{name} {name}".title(),
             f"<p>{name} writes.</p>", "!")
            for n, (pk, name) in enumerate(zip(self.people, names, strict=True))
        )  # fmt: skip
        Table(Tag, "id", "name", "slug", "description").write(
            (pk, name, f"{name.lower()}-{n}", "")
            for n, (pk, name) in enumerate(zip(self.tags, self.tag_names, strict=True))
        )
        Table(Series, "id", "name", "slug").write(
            (pk, f"Series {n}", f"series-{n}") for n, pk in enumerate(self.series)
        )
        Table(Image, "id", "owner_id", "file", "digest", "mime", "width", "height", "bytes").write(
            (pk, self.people[0], image_variants.original_name(digest, 1600, 900, "jpg"), digest,
             "image/jpeg", 1600, 900, 200_000)
            for pk in self.images
            for digest in [hashlib.sha256(pk.encode()).hexdigest()]
        )  # fmt: skip
        Table(Redirect, "id", "old_path", "new_path", "status").write(
            (pk, f"/old/{n}", "/", 301) for n, pk in enumerate(self._ids(self.size.posts // 100))
        )

    def posts(self) -> None:
        """Write the posts, what they are filed under and what the search knows of them."""
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
        began = time.monotonic()
        for chunk in batched(plan.posts(self.size, self.rng), CHUNK):
            with transaction.atomic(), connection.cursor() as cursor:
                post.write(map(self._post, chunk))
                authorship.write(self._filed(chunk, "authors", self.people))
                post_tag.write(self._filed(chunk, "tags", self.tags))
                revision.write(map(self._revision, chunk[::REVISED]))
                related.write(_kin([draft for draft in chunk if draft.is_listed]))
                backend(connection.vendor).add(
                    cursor, [self._document(draft) for draft in chunk if draft.is_listed]
                )
            done = chunk[-1].number + 1
            if done % 100_000 == 0:
                print(f"{done:,} posts in {time.monotonic() - began:,.0f} s", flush=True)

    def _post(self, draft: plan.Draft) -> tuple[object, ...]:
        at = shown(draft.at)
        text = draft.blocks[0].text
        return (
            shown(draft.id), draft.title, text[:80], draft.slug, draft.source, draft.html,
            text[:200], draft.contents, sum(block.words for block in draft.blocks),
            None if draft.image is None else self.images[draft.image], draft.status,
            None if draft.status == "draft" else at, at, at, at if draft.is_deleted else None,
            None if draft.series is None else self.series[draft.series],
        )  # fmt: skip

    def _filed(
        self, drafts: Iterable[plan.Draft], kind: str, ids: list[str]
    ) -> Iterable[tuple[object, ...]]:
        return (
            (shown(draft.id), ids[number], place, shown(draft.at) if draft.is_listed else None)
            for draft in drafts
            for place, number in enumerate(getattr(draft, kind))
        )

    def _revision(self, draft: plan.Draft) -> tuple[object, ...]:
        pk = shown(plan.identifier(draft.at, self.rng))
        return (
            pk, shown(draft.id), 1, draft.title, draft.source, json.dumps({"slug": draft.slug}),
            self.people[draft.authors[0]], shown(draft.at),
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
                *(f"author{self.people[number]}" for number in draft.authors),
                *(f"tag{self.tags[number]}" for number in draft.tags),
            ),
        ).cleaned()


def _kin(drafts: list[plan.Draft]) -> Iterable[tuple[object, ...]]:
    """Relate each post to some others: any will do, since that is not done while one reads."""
    return (
        (shown(draft.id), shown(drafts[n - KIN + place].id), place, 0.5)
        for n, draft in enumerate(drafts)
        if n >= KIN
        for place in range(KIN)
    )


def fill(size: plan.Size) -> None:
    """Set up an empty database and fill it."""
    call_command("migrate", verbosity=0)
    with unhindered():
        filling = Filling(size)
        filling.around()
        filling.posts()
    Site.objects.get_or_create(id=1, defaults={"name": "The Bench", "tagline": "Measured daily"})
    credentials.make()
    _nothing_to_do()


def _nothing_to_do() -> None:
    """Empty what triggers and migrations have noted for later: nothing is kept or asked yet."""
    with connection.cursor() as cursor:
        for table in ("pagecache_change", "posts_unrelated"):
            cursor.execute(f"DELETE FROM {table}")
    after_migrate(connection.alias)  # a log without any row would say that it is not whole
